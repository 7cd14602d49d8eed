/** What every source of a binary is given, and what it returns. */
export interface Fetch {
  /** The folder to put it in. */
  readonly into: string;
  /** Called with each line about the progress. */
  readonly say: (line: string) => void;
  /** The environment of the programs that it runs. */
  readonly variables: NodeJS.ProcessEnv;
  readonly accept: Acceptance;
}

/**
 * What may be run. Only what a sum in this repository vouches for; also the official release when its own sums are all there is;
 * also Debian's package, which is old and has published weaknesses.
 */
export type Acceptance = "verified" | "unverified" | "old";

/** What was put into the folder. `isVerified`: a sum in this repository vouches for it. */
export interface Fetched {
  readonly path: string;
  readonly isVerified: boolean;
}

/** Puts a binary into a folder; a reason if it cannot. */
export type Source = (fetch: Fetch) => Promise<Fetched | { reason: string }>;

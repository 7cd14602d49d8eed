import { randomBytes } from "node:crypto";
import { startNatter, type NatterOptions } from "./natter.ts";

/** A natter of which a test knows the address and nothing else. */
export interface ReachedNatter extends AsyncDisposable {
  readonly url: string;
  /** One for each gateway that can be reached by itself. Behind a proxy there is one in all. */
  readonly urls: readonly [string, ...string[]];
  /** Id of a session that is new at each run: a deployment remembers the sessions of earlier runs. */
  session(name: string): string;
}

/**
 * The deployment that `TEST_NATTER_URL` names, with commas between several addresses of it. If the variable is unset, natter is
 * started for this test.
 */
export async function reachNatter(options: NatterOptions = {}): Promise<ReachedNatter> {
  const run = randomBytes(4).toString("hex");
  const session = (name: string): string => `${name}-${run}`;
  const [first, ...others] = (process.env["TEST_NATTER_URL"] ?? "").split(",").filter((url) => url !== "");
  if (first !== undefined)
    return { url: first, urls: [first, ...others], session, [Symbol.asyncDispose]: async () => undefined };
  const natter = await startNatter(options);
  const [url = "", ...rest] = natter.urls;
  return {
    url,
    urls: [url, ...rest],
    session,
    [Symbol.asyncDispose]: async () => natter[Symbol.asyncDispose](),
  };
}

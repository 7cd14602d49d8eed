/**
 * What does not keep the rules of shape yet, by part. The numbers may only fall, and an entry goes when its part keeps the rules.
 * An entry counts places and does not name them, so that a rename needs no new exception.
 */
export interface Exceptions {
  /** Folders with more files of code than the rule allows, and the files of the largest one. */
  readonly largeFolders?: { readonly count: number; readonly maxFiles: number };
  /** Classes with more lines than the rule allows, and the lines of the largest one. */
  readonly largeClasses?: { readonly count: number; readonly maxLines: number };
}

export const exceptions: Readonly<Record<string, Exceptions>> = {
  "packages/session-log": { largeClasses: { count: 1, maxLines: 182 } },
  "packages/client": { largeClasses: { count: 7, maxLines: 258 } },
  "services/gateway": { largeClasses: { count: 4, maxLines: 202 } },
  "services/persistence": { largeClasses: { count: 1, maxLines: 186 } },
  "services/llm-worker": { largeClasses: { count: 2, maxLines: 188 } },
  "apps/web": { largeClasses: { count: 1, maxLines: 196 } },
  faults: { largeClasses: { count: 3, maxLines: 204 } },
};

/**
 * What does not keep the rules of shape yet, by part. The numbers may only fall, and an entry goes when its part keeps the rules.
 * An entry counts places and does not name them, so that a rename needs no new exception.
 */
export interface Exceptions {
  /** Folders with more files of code than the rule allows, and the files of the largest one. */
  readonly largeFolders?: { readonly count: number; readonly maxFiles: number };
  /** Classes with more lines than the rule allows, and the lines of the largest one. */
  readonly largeClasses?: { readonly count: number; readonly maxLines: number };
  /** Imports that run in circles between the folders and files of one folder. */
  readonly circularArrows?: number;
}

export const exceptions: Readonly<Record<string, Exceptions>> = {
  "packages/protocol": { largeFolders: { count: 1, maxFiles: 20 } },
  "packages/session-log": { largeClasses: { count: 2, maxLines: 197 } },
  "packages/client": {
    largeFolders: { count: 2, maxFiles: 45 },
    largeClasses: { count: 7, maxLines: 258 },
    circularArrows: 4,
  },
  "services/gateway": {
    largeFolders: { count: 1, maxFiles: 39 },
    largeClasses: { count: 11, maxLines: 256 },
    circularArrows: 8,
  },
  "services/persistence": {
    largeFolders: { count: 3, maxFiles: 30 },
    largeClasses: { count: 1, maxLines: 187 },
  },
  "services/llm-worker": {
    largeFolders: { count: 2, maxFiles: 25 },
    largeClasses: { count: 4, maxLines: 243 },
    circularArrows: 5,
  },
  "apps/web": {
    largeFolders: { count: 4, maxFiles: 25 },
    largeClasses: { count: 1, maxLines: 195 },
    circularArrows: 31,
  },
  bench: { largeFolders: { count: 1, maxFiles: 13 } },
  faults: { largeClasses: { count: 4, maxLines: 204 } },
};

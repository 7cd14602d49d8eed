import type { SourceFile } from "./source-tree.ts";

/** A property of the whole tree, and proof that its check can fail. */
export interface Rule {
  readonly name: string;
  /** Each breaks the rule: a file alone, or a tree. */
  readonly examples: readonly (SourceFile | readonly SourceFile[])[];
  /** `<file>: <what is wrong>` */
  readonly violations: (tree: readonly SourceFile[]) => string[];
}

/** The check of a rule that looks at one file at a time. */
export function eachFile(
  concerns: (file: SourceFile) => boolean,
  faultsOf: (file: SourceFile) => readonly string[],
): Rule["violations"] {
  return (tree) =>
    tree.filter(concerns).flatMap((file) => faultsOf(file).map((fault) => `${file.path}: ${fault}`));
}

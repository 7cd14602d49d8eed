import type { SourceFile } from "./source-tree.ts";

/** Something that holds for the whole tree, and proof that its check can fail. */
export interface Rule {
  readonly name: string;
  /** Trees of one file. Each breaks the rule. */
  readonly examples: readonly SourceFile[];
  /** `<file>: <what is wrong>` */
  readonly violations: (tree: readonly SourceFile[]) => string[];
}

/** A rule that looks at one file at a time. */
export function eachFile(
  concerns: (file: SourceFile) => boolean,
  faultsOf: (file: SourceFile) => readonly string[],
): Rule["violations"] {
  return (tree) =>
    tree.filter(concerns).flatMap((file) => faultsOf(file).map((fault) => `${file.path}: ${fault}`));
}

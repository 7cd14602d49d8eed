import { readFileSync } from "node:fs";

/** A block of code of the README, and what it prints. */
export interface Fence {
  readonly heading: string;
  readonly language: string;
  readonly code: string;
  readonly printed: string | undefined;
}

/** Every block of code in a language, with the `text` block that follows it before the next heading. */
export function fencesOf(file: URL, language: string): Fence[] {
  const sections = readFileSync(file, "utf8").split(/^## /m);
  return sections.flatMap((section) => {
    const [heading = ""] = section.split("\n");
    const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
    return blocks.flatMap(([, found = "", code = ""], index) => {
      const next = blocks[index + 1];
      const printed = next?.[1] === "text" ? next[2] : undefined;
      return found === language ? [{ heading, language, code, printed }] : [];
    });
  });
}

/** Reads the parts of a document that are data: tables, and examples that say what they are. */

export interface Section {
  /** Of the headings above it and its own, for example `["Client frames", "edit"]`. */
  readonly path: readonly string[];
  readonly tables: readonly Table[];
}

/** Rows by the header's names; the code marks of a cell are kept. */
export type Table = readonly Readonly<Record<string, string>>[];

export interface Example {
  /** What stands in the mark, for example `client edit`. */
  readonly name: string;
  readonly json: string;
}

export function examplesOf(text: string): Example[] {
  const marked = /<!-- example: (.+?) -->\s*```json\n([\s\S]*?)```/g;
  return [...text.matchAll(marked)].map(([, name = "", json = ""]) => ({ name, json }));
}

/** How many marks there are, also those without an example. */
export function countMarks(text: string): number {
  return text.split("<!-- example:").length - 1;
}

export function sectionsOf(text: string): Section[] {
  const prose = text.replaceAll(/```[\s\S]*?```/g, "");
  const sections: Section[] = [];
  let path: string[] = [];
  for (const part of prose.split(/^(?=#)/m)) {
    const [, marks = "", title = ""] = /^(#+) (.+)$/m.exec(part) ?? [];
    path = [...path.slice(0, Math.max(0, marks.length - 2)), title.replaceAll("`", "")];
    sections.push({ path: marks.length === 1 ? [] : path, tables: tablesIn(part) });
  }
  return sections;
}

function tablesIn(part: string): Table[] {
  return [...part.matchAll(/(?:^\|.*\|\n?)+/gm)].map(([block]) => {
    const [names = [], , ...rows] = block.trim().split("\n").map(cellsOf);
    return rows.map((cells) => Object.fromEntries(names.map((name, index) => [name, cells[index] ?? ""])));
  });
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, -1)
    .split("|")
    .map((cell) => cell.trim());
}

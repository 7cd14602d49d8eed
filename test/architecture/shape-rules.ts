/** How large folders and classes may be, and that the folders of a part form layers. */
import { circlesIn, type Graph } from "./circles.ts";
import { exceptions } from "./exceptions.ts";
import type { Rule } from "./rule.ts";
import {
  classesOf,
  folderOf,
  importsOf,
  isCode,
  memberOf,
  resolveImport,
  type SourceFile,
} from "./source-tree.ts";

const maxFolderFiles = 12;
const maxClassLines = 150;

const none = { count: 0, maxFiles: 0, maxLines: 0 };

interface Large {
  /** Begins with a path. */
  readonly place: string;
  readonly size: number;
}

/** All large places of each part that has more of them, or a larger one, than its exceptions allow. */
function beyondExceptions(
  large: readonly Large[],
  allowedOf: (member: string) => { count: number; maxSize: number },
): Large[] {
  return [...Map.groupBy(large, ({ place }) => memberOf(place))].flatMap(([member, places]) => {
    const { count, maxSize } = allowedOf(member);
    return places.length > count || places.some(({ size }) => size > maxSize) ? places : [];
  });
}

const isSource = (file: SourceFile): boolean => isCode(file) && isOfSrc(file.path);
const isOfSrc = (path: string): boolean => path.startsWith(`${memberOf(path)}/src/`);

const smallFolders: Rule = {
  name: `a folder has at most ${maxFolderFiles} files of code`,
  examples: [
    Array.from({ length: maxFolderFiles + 1 }, (_, number) => ({
      path: `services/example/src/relay/noun-${number}.ts`,
      text: "",
    })),
  ],
  violations(tree) {
    const folders = Map.groupBy(tree.filter(isCode), ({ path }) => folderOf(path));
    const large = [...folders]
      .map(([place, files]) => ({ place, size: files.length }))
      .filter(({ size }) => size > maxFolderFiles);
    return beyondExceptions(large, (member) => {
      const { count, maxFiles } = exceptions[member]?.largeFolders ?? none;
      return { count, maxSize: maxFiles ?? 0 };
    }).map(({ place, size }) => `${place}: has ${size} files of code`);
  },
};

const smallClasses: Rule = {
  name: `a class has at most ${maxClassLines} lines`,
  examples: [
    {
      path: "services/example/src/relay/hub.ts",
      text: `export class Hub {${"\n".repeat(maxClassLines)}}`,
    },
  ],
  violations(tree) {
    const large = tree
      .filter(isSource)
      .flatMap((file) =>
        classesOf(file).map(({ name, lines }) => ({ place: `${file.path}: class ${name}`, size: lines })),
      )
      .filter(({ size }) => size > maxClassLines);
    return beyondExceptions(large, (member) => {
      const { count, maxLines } = exceptions[member]?.largeClasses ?? none;
      return { count, maxSize: maxLines ?? 0 };
    }).map(({ place, size }) => `${place} has ${size} lines`);
  },
};

/**
 * For each folder the imports between what stands directly in it, files and folders. An import belongs to the innermost folder
 * that has both of its ends.
 */
function graphsOf(tree: readonly SourceFile[]): Map<string, Graph> {
  const graphs = new Map<string, Graph>();
  for (const file of tree.filter(isSource)) {
    const relative = importsOf(file).filter((name) => name.startsWith("."));
    for (const target of relative.map((name) => resolveImport(file.path, name)).filter(isOfSrc)) {
      const from = file.path.split("/");
      const to = target.split("/");
      const depth = from.findIndex((name, index) => name !== to[index]);
      if (depth === -1) continue;
      const folder = from.slice(0, depth).join("/");
      const graph = graphs.get(folder) ?? new Map<string, Set<string>>();
      graphs.set(folder, graph);
      const [source = "", sink = ""] = [from[depth], to[depth]];
      graph.set(source, (graph.get(source) ?? new Set()).add(sink));
    }
  }
  return graphs;
}

const at = (path: string, ...imports: readonly string[]): SourceFile => ({
  path: `services/example/src/${path}`,
  text: imports.map((name) => `import ${JSON.stringify(name)};`).join("\n"),
});

const layers: Rule = {
  name: "the folders and files of a folder form layers: no import arrow runs back, also none for a type",
  examples: [
    [at("relay/hub.ts", "../sockets/socket.ts"), at("sockets/close.ts", "../relay/feed.ts")],
    [at("app.ts", "./relay/hub.ts"), at("relay/feed.ts", "../app.ts")],
    [at("a/x.ts", "../b/x.ts"), at("b/x.ts", "../c/x.ts"), at("c/y.ts", "../a/y.ts")],
    [at("relay/a/x.ts", "../b/x.ts"), at("relay/b/y.ts", "../a/y.ts")],
    [
      at("relay/hub.ts", "../sockets/socket.ts"),
      { path: "services/example/src/sockets/close.ts", text: 'import type { F } from "../relay/feed.ts";' },
    ],
  ],
  violations(tree) {
    return [...graphsOf(tree)].flatMap(([folder, graph]) =>
      circlesIn(graph).map(
        ({ members, arrows }) => `${folder}: ${arrows} arrows between ${members.join(" <-> ")}`,
      ),
    );
  },
};

export const shapeRules: readonly Rule[] = [smallFolders, smallClasses, layers];

/** The files of the repository, and what a rule wants to know about one. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseSync, Visitor, type ParseResult } from "oxc-parser";

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const leftOut = new Set(["node_modules", "dist", "coverage", "test-results", "pnpm-lock.yaml"]);
/** Hidden folders that hold sources all the same: both are of the continuous integration. */
const hiddenSources = new Set([".github", ".ci"]);
/** A name without a dot is a script or a text. */
const readable = /\.(ts|tsx|md|json|ya?ml|html|css|sh)$|(^|\/)[^./]+$/;
const largestBytes = 2_000_000;

/** Every text file. */
export function readTree(folder = ""): SourceFile[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name;
    if (leftOut.has(entry.name) || (entry.name.startsWith(".") && !hiddenSources.has(entry.name))) return [];
    if (entry.isDirectory()) return readTree(`${path}/`);
    if (!entry.isFile() || !readable.test(path) || statSync(root + path).size > largestBytes) return [];
    return [{ path, text: readFileSync(root + path, "utf8") }];
  });
}

export const isCode = ({ path }: SourceFile): boolean => /\.tsx?$/.test(path);

/** A contract is a suite of tests that stands beside its port. */
export const isContract = ({ path }: SourceFile): boolean => path.endsWith(".contract.ts");

/** Code that runs in production: neither a test nor a script. */
export const isProduct = (file: SourceFile): boolean =>
  isCode(file) && !isContract(file) && /^(packages|services|apps)\/[^/]+\/src\//.test(file.path);

/** `packages/session-log`, `services/gateway`, `bench`. Empty for a file of the root. */
export function memberOf(path: string): string {
  const [top = "", name = ""] = path.split("/");
  if (["packages", "services", "apps"].includes(top)) return `${top}/${name}`;
  return ["bench", "faults", "k8s", "load", "test"].includes(top) ? top : "";
}

/** The folder of a file, without a slash at its end. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

const parsed = new WeakMap<SourceFile, ParseResult>();

function parse(file: SourceFile): ParseResult {
  let result = parsed.get(file);
  if (!result) {
    result = parseSync(file.path, file.text);
    parsed.set(file, result);
  }
  return result;
}

/** Code without its comments. */
export function withoutComments(file: SourceFile): string {
  let at = 0;
  let code = "";
  for (const { start, end } of parse(file).comments) {
    code += file.text.slice(at, start);
    at = end;
  }
  return code + file.text.slice(at);
}

/** The modules that a file imports, re-exports or loads, as they are written there. */
export function importsOf(file: SourceFile): string[] {
  const { program } = parse(file);
  const found: string[] = [];
  const add = (node: unknown): void => {
    const { value } = (node ?? {}) as { value?: unknown };
    if (typeof value === "string") found.push(value);
  };
  new Visitor({
    ImportDeclaration: ({ source }) => add(source),
    ExportNamedDeclaration: ({ source }) => add(source),
    ExportAllDeclaration: ({ source }) => add(source),
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    CallExpression: ({ callee, arguments: [first] }) => {
      if (callee.type === "Identifier" && callee.name === "require") add(first);
    },
  }).visit(program);
  return found;
}

export interface ClassSize {
  readonly name: string;
  readonly lines: number;
}

/** The classes of a file, with all their lines. */
export function classesOf(file: SourceFile): ClassSize[] {
  const found: ClassSize[] = [];
  const add = (node: { id: { name: string } | null; start: number; end: number }): void => {
    const lines = file.text.slice(node.start, node.end).split("\n").length;
    found.push({ name: node.id?.name ?? "(a class without a name)", lines });
  };
  new Visitor({ ClassDeclaration: add, ClassExpression: add }).visit(parse(file).program);
  return found;
}

/** The import as a path from the root if it is relative, else as it is. */
export function resolveImport(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

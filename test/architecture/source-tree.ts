/** The files of the repository, and what a rule wants to know of one. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

export interface SourceFile {
  /** From the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const leftOut = new Set(["node_modules", "dist", "coverage", "test-results", "pnpm-lock.yaml"]);
const readable = /\.(ts|tsx|md|json|ya?ml|html|css|sh)$|(^|\/)Dockerfile$/;
const largestBytes = 2_000_000;

/** Every text file. Hidden folders are nobody's source, but for the one of the continuous integration. */
export function readTree(folder = ""): SourceFile[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder + entry.name;
    if (leftOut.has(entry.name) || (entry.name.startsWith(".") && entry.name !== ".github")) return [];
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

/** `packages/session-log`, `services/gateway`, `bench`; the rest belongs to the root. */
export function memberOf(path: string): string {
  const [top = "", name = ""] = path.split("/");
  if (["packages", "services", "apps"].includes(top)) return `${top}/${name}`;
  return ["bench", "faults", "test"].includes(top) ? top : "";
}

/** Code without its comments. Strings stay, so a comment mark in one of them hides nothing. */
export function withoutComments(text: string): string {
  const stringOrComment =
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/.*|\/\*[\s\S]*?\*\//g;
  return text.replaceAll(stringOrComment, (_found, string: string | undefined) => string ?? "");
}

/** What a file imports, re-exports or loads, as it is written there. */
export function importsOf({ text }: SourceFile): string[] {
  const statement =
    /(?:^|[;\n])\s*(?:import|export)\s(?:[^"'`;]*?\sfrom\s*)?["']([^"'\n]+)["']|(?:\bimport|\brequire)\(\s*["'`]([^"'`\n]+)["'`]/g;
  return [...withoutComments(text).matchAll(statement)].map(([, from, loaded]) => from ?? loaded ?? "");
}

/** The import as a path from the root if it is relative, else as it is. */
export function resolveImport(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** Checks what cannot be checked without Kustomize, Helm and the schemas. Prints what is wrong; then the exit code is 1. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { nameOf, readObjects, withoutNameSuffixes, type KubernetesObject } from "./kubernetes/objects.ts";
import { build, makeFiles, root } from "./rendering.ts";
import { runTool, schemaFolder, tryTool } from "./tools/go-tool.ts";

const chart = join(root, "helm/natter");
/** What Kustomize builds from a folder, and what Helm makes with these values. */
const sameObjects = [
  { folder: "overlays/local", values: ["helm/values-local.yaml"] },
  // It leaves out what is optional.
  { folder: "overlays/offline", values: ["helm/values-local.yaml", "helm/values-offline.yaml"] },
  { folder: "overlays/production", values: [] },
  { folder: "helm/all-components", values: ["helm/all-components/values.yaml"] },
] as const;

/** What was made is what the sources make now. */
function staleFiles(): string[] {
  return [...makeFiles()]
    .filter(([path, text]) => !fileHas(join(root, path), text))
    .map(([path]) => `k8s/${path} is stale: npx -y pnpm k8s:render`);
}

function fileHas(path: string, text: string): boolean {
  try {
    return readFileSync(path, "utf8") === text;
  } catch {
    return false;
  }
}

/** Every object, with all components, fits its schema and has no field that the schema does not know. */
function invalidObjects(): string[] {
  const work = mkdtempSync(join(tmpdir(), "natter-k8s-"));
  const definitionsFolder = join(work, "definitions");
  mkdirSync(definitionsFolder);
  try {
    for (const name of ["keda", "gateway-api"] as const) {
      const folder = schemaFolder(name);
      const definitions = readdirSync(folder).filter((file) => /keda\.sh_scaledobj|httproutes/.test(file));
      for (const file of definitions) symlinkSync(join(folder, file), join(definitionsFolder, file));
    }
    return sameObjects.flatMap(({ folder }) => {
      const file = join(work, "objects.yaml");
      writeFileSync(file, build(folder));
      const { succeeded, text } = tryTool(
        "kubectl-validate",
        file,
        "--local-crds",
        definitionsFolder,
        "--version",
        "1.30",
      );
      // It passes over a file that it does not know.
      return succeeded && text.includes("OK")
        ? []
        : [`k8s/${folder} has an object that is not valid:\n${text}`];
    });
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The chart makes the objects that Kustomize makes. */
function differencesOfTheChart(): string[] {
  return sameObjects.flatMap(({ folder, values }) => {
    const files = values.flatMap((file) => ["--values", join(root, file)]);
    const rendered = runTool("helm", "template", "natter", chart, "--namespace", "natter", ...files);
    const made = comparable(readObjects(rendered));
    const wanted = comparable(readObjects(build(folder)));
    const names = new Set([...made.keys(), ...wanted.keys()]);
    return [...names]
      .filter((object) => !isDeepStrictEqual(made.get(object), wanted.get(object)))
      .map((object) => `the chart makes another ${object} than k8s/${folder}`);
  });
}

/**
 * Two things differ on purpose: Helm makes neither the namespace nor Secrets, and for changed settings it replaces pods by an
 * annotation and not by the ConfigMap's name.
 */
function comparable(objects: readonly KubernetesObject[]): Map<string, unknown> {
  const plain = withoutNameSuffixes(objects).filter(({ kind }) => !["Namespace", "Secret"].includes(kind));
  return new Map(
    plain.map((object) => [
      nameOf(object),
      JSON.parse(
        JSON.stringify(object, (key, value: unknown) =>
          key === "namespace" && value === "natter" ? undefined : withoutSum(value),
        ),
      ) as unknown,
    ]),
  );
}

function withoutSum(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { annotations, ...rest } = value as { annotations?: Record<string, string> };
  if (annotations?.["checksum/settings"] === undefined) return value;
  return rest;
}

const faults = [...staleFiles(), ...invalidObjects(), ...differencesOfTheChart()];
const lint = tryTool("helm", "lint", "--strict", chart);
if (!lint.succeeded) faults.push(`helm lint finds faults:\n${lint.text}`);
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(faults.length === 0 ? "k8s is as it should be\n" : "");
process.exitCode = faults.length === 0 ? 0 : 1;

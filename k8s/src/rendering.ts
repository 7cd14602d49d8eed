/** What is made from the sources: the objects of each overlay, and the chart's templates. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { makeTemplates } from "./chart/templates.ts";
import { readObjects } from "./kubernetes/objects.ts";
import { runTool } from "./tools/go-tool.ts";

export const root = fileURLToPath(new URL("../", import.meta.url));

/** Overlays whose objects are kept in k8s/rendered. */
const overlays = ["local", "production"] as const;

/** Everything that decides what is made. */
const sources = ["base", "components", "overlays", "helm/all-components", "src/chart"];

/** The made files by their paths below k8s/. Runs Kustomize. */
export function makeFiles(): Map<string, string> {
  const rendered = overlays.map((name): [string, string] => [
    `rendered/${name}.yaml`,
    `# Made from k8s/overlays/${name} by \`npx -y pnpm k8s:render\`. Change that.\n${build(`overlays/${name}`)}`,
  ]);
  const templates = makeTemplates(readObjects(build("helm/all-components")));
  return new Map([
    ...rendered,
    ...[...templates].map(([name, text]): [string, string] => [`helm/natter/templates/${name}`, text]),
    ["rendered/sources.sha256", `${sumOfSources()}\n`],
  ]);
}

/** The objects of a folder below k8s/, as YAML. */
export function build(folder: string): string {
  return runTool("kustomize", "build", root + folder);
}

/** Shows without Kustomize whether what was made is as old as the sources. */
export function sumOfSources(): string {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const path of readdirSync(root + source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => `${entry.parentPath}/${entry.name}`)
      .sort())
      hash
        .update(`${path.slice(root.length)}\0`)
        .update(readFileSync(path))
        .update("\0");
  }
  return hash.digest("hex");
}

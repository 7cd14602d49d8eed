/** Writes k8s/rendered and the chart's templates. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFiles, root } from "./rendering.ts";

const files = makeFiles();
for (const folder of ["rendered", "helm/natter/templates"])
  rmSync(root + folder, { recursive: true, force: true });
for (const [path, text] of files) {
  mkdirSync(dirname(root + path), { recursive: true });
  writeFileSync(root + path, text);
}
process.stdout.write(`wrote ${files.size} files\n`);

/**
 * Writes dist/, which is what is published: ES modules and their types, with the part of the protocol that a client
 * needs inside, so that nothing else has to be installed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { wireTypes } from "./wire-types.ts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const distDir = join(packageDir, "dist");
const protocol = "protocol";

const emitted = mkdtempSync(join(tmpdir(), "natter-client-"));
execFileSync("tsc", ["-p", join(packageDir, "tsconfig.build.json"), "--outDir", emitted], {
  stdio: "inherit",
});
rmSync(distDir, { recursive: true, force: true });
copyFolder(join(emitted, "client", "src"), distDir);
copyProtocol(join(emitted, "protocol", "src"), join(distDir, protocol));
rmSync(emitted, { recursive: true });

function copyFolder(from: string, to: string): void {
  for (const file of readdirSync(from, { recursive: true, encoding: "utf8" })) {
    if (/\.(js|d\.ts)$/.test(file)) copyFile(join(from, file), join(to, file));
  }
}

/** What plain.js reaches, and no schema. */
function copyProtocol(from: string, to: string): void {
  const waiting = ["plain.js", "plain.d.ts"];
  const seen = new Set(waiting);
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const text = copyFile(join(from, file), join(to, file));
    const extension = file.endsWith(".d.ts") ? ".d.ts" : ".js";
    for (const [, name] of text.matchAll(/from "\.\/([\w-]+)\.js"/g)) {
      const next = `${name}${extension}`;
      if (name === "frames" || seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  writeFileSync(join(to, "frames.d.ts"), wireTypes());
}

function copyFile(from: string, to: string): string {
  const toProtocol = relative(dirname(to), join(distDir, protocol, "plain.js")).replaceAll("\\", "/");
  const specifier = toProtocol.startsWith(".") ? toProtocol : `./${toProtocol}`;
  const text = readFileSync(from, "utf8")
    .replaceAll(/(["'])@natter\/protocol\/plain\1/g, `"${specifier}"`)
    // Types are looked up where the declaration says, and it still says the source's name.
    .replaceAll(/from "(\.[^"]*)\.ts"/g, 'from "$1.js"')
    .replaceAll(/from "\.\/(?:client-frames|server-frames|session-place)\.js"/g, 'from "./frames.js"');
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, text);
  return text;
}

/** Writes dist/, which is what is published: ES modules and their types, with what they need of the protocol inside. */
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown, type InputOptions, type Plugin } from "rolldown";
import { dts } from "rolldown-plugin-dts";

const packageDir = fileURLToPath(new URL("..", import.meta.url));
const distDir = join(packageDir, "dist");
const declarationsDir = join(distDir, "declarations");
const entries = ["index", "react", "testing"];

rmSync(distDir, { recursive: true, force: true });
const tsc = ["-p", join(packageDir, "tsconfig.build.json"), "--outDir", declarationsDir];
execFileSync("tsc", tsc, { stdio: "inherit" });
await write({ input: entries.map((name) => join(packageDir, "src", `${name}.ts`)) });
await write({
  input: entries.map((name) => join(declarationsDir, "client", "src", `${name}.d.ts`)),
  // The bundler only joins what tsc has emitted, so its own generator has nothing to do.
  plugins: [declaredModules(), dts({ dtsOnly: true, generator: "oxc", tsconfig: false })],
});
rmSync(declarationsDir, { recursive: true });

async function write(options: InputOptions): Promise<void> {
  await using bundle = await rolldown({ ...options, platform: "browser", external: "react" });
  await bundle.write({ dir: distDir, format: "esm" });
}

/** What the declarations import by name. The package of the protocol exports its sources, but tsc has emitted its declarations. */
function declaredModules(): Plugin {
  const files: Readonly<Record<string, string>> = {
    "@natter/protocol/plain": join(declarationsDir, "protocol", "src", "plain.d.ts"),
    typebox: join(packageDir, "scripts", "schema-types.d.ts"),
  };
  return { name: "declared-modules", resolveId: { order: "pre", handler: (id) => files[id] } };
}

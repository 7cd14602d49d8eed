/** What would be published, as somebody has it who installed it. */
import { execFileSync } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { fencesOf } from "../support/fences.ts";
import { afterAll, beforeAll, expect, test } from "vitest";

const packageDir = fileURLToPath(new URL("../..", import.meta.url));
const isWindows = process.platform === "win32";
let project: string;
let installed: string;

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), "natter-consumer-"));
  installed = join(project, "node_modules", "@natter", "client");
  await mkdir(installed, { recursive: true });
  const pack = ["-y", "pnpm", "pack", "--out", join(project, "client.tgz")];
  execFileSync("npx", pack, { cwd: packageDir, stdio: "pipe", shell: isWindows });
  execFileSync("tar", ["-xzf", "client.tgz", "--strip-components=1", "-C", installed], { cwd: project });
});
afterAll(async () => rm(project, { recursive: true, force: true }));

test("is a package without fault, and without a dependency", async () => {
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  expect(manifest["dependencies"]).toBeUndefined();
});

test("has types that need nothing else", async () => {
  await mkdir(join(project, "node_modules", "@types"));
  for (const name of ["react", "react-dom"]) {
    const types = dirname(createRequire(import.meta.url).resolve(`@types/${name}/package.json`));
    await symlink(types, join(project, "node_modules", "@types", name), "junction");
  }
  const readme = new URL("../../README.md", import.meta.url);
  const snippets = ["ts", "tsx"].flatMap((language) => fencesOf(readme, language));
  const files = snippets.map(({ language }, index) => `snippet${index}.${language}`);
  for (const [index, { code }] of snippets.entries())
    await writeFile(join(project, files[index] ?? ""), code);
  await writeFile(
    join(project, "main.ts"),
    `import { createClient, NatterError, type Message, type ServerFrame } from "@natter/client";
     import { useMessages } from "@natter/client/react";
     import { FakeServer } from "@natter/client/testing";
     const session = createClient(new FakeServer().clientOptions).session("s");
     export const keys: readonly string[] = useMessages(session);
     export const message: Message | undefined = session.getMessage("key");
     session.on("frame", (frame: ServerFrame) => {
       if (frame.type === "ai_chunk") frame.chunk satisfies string;
       // @ts-expect-error there is no such frame
       if (frame.type === "nonsense") throw new NatterError("network", "");
     });
     if (message?.kind === "answer" && message.finishReason === "length") message.text satisfies string;
     // @ts-expect-error a text is a string
     void session.send(1);`,
  );
  const compile = (module: string, moduleResolution: string): string => {
    const flags = [
      "--noEmit",
      "--strict",
      "--target",
      "es2024",
      "--lib",
      "es2024,dom,dom.iterable",
      "--types",
      "",
      "--jsx",
      "react-jsx",
    ];
    try {
      return execFileSync(
        "tsc",
        [...flags, "--module", module, "--moduleResolution", moduleResolution, "main.ts", ...files],
        {
          cwd: project,
          encoding: "utf8",
          shell: isWindows,
        },
      );
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };
  await writeFile(join(project, "package.json"), '{"type":"module"}');
  expect(compile("nodenext", "nodenext")).toBe("");
  expect(compile("esnext", "bundler")).toBe("");
});

test("runs in Node as it is", async () => {
  await writeFile(
    join(project, "main.mjs"),
    `import { createClient } from "@natter/client";
     import { FakeServer } from "@natter/client/testing";
     const client = createClient({ ...new FakeServer().clientOptions, transport: process.argv[2] });
     const session = client.session("s");
     session.open();
     process.stdout.write(await session.ask("hi").text());
     client.close();`,
  );
  for (const transport of ["websocket", "events"])
    expect(execFileSync(process.execPath, ["main.mjs", transport], { cwd: project, encoding: "utf8" })).toBe(
      "You said: hi",
    );
});

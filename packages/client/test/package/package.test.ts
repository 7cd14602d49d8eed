/** What would be published, as somebody has it who installed it. */
import { execFileSync } from "node:child_process";
import { mkdtemp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fencesOf } from "../support/fences.ts";

const packageDir = fileURLToPath(new URL("../..", import.meta.url));
const root = fileURLToPath(new URL("../../../..", import.meta.url));
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
  await writeFile(join(project, "package.json"), '{"type":"module"}');
});
afterAll(async () => rm(project, { recursive: true, force: true }));

/** What the compiler says of files in the project; nothing if it finds no fault. */
function faultsOf(...options: readonly string[]): string {
  try {
    return execFileSync("tsc", options, { cwd: project, encoding: "utf8", shell: isWindows });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}

test("published package - has no fault and no dependency", async () => {
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
  expect(manifest["dependencies"]).toBeUndefined();
});

test("published types - compile with no other package installed, in the README's snippets too", async () => {
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
  const strict = ["--noEmit", "--strict", "--target", "es2024", "--lib", "es2024,dom,dom.iterable"];
  const flags = [...strict, "--types", "", "--jsx", "react-jsx"];
  for (const [module, resolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const)
    expect(
      faultsOf(...flags, "--module", module, "--moduleResolution", resolution, "main.ts", ...files),
    ).toBe("");
});

test("published types - are the types of the protocol's schemas", async () => {
  const protocol = join(root, "packages", "protocol", "src", "plain.ts").replaceAll("\\", "/");
  await writeFile(
    join(project, "same.ts"),
    `import type * as published from "@natter/client";
     import type { FakeServer } from "@natter/client/testing";
     import type * as checked from ${JSON.stringify(protocol)};
     type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
     const same = <T extends true>(): T | undefined => undefined;
     same<Same<published.ServerFrame, checked.ServerFrame>>();
     same<Same<FakeServer["received"][number], checked.ClientFrame>>();
     same<Same<published.LogEvent, checked.LogEvent>>();
     same<Same<published.PageMessage, checked.PageMessage>>();
     same<Same<published.Attachment, checked.Attachment>>();
     same<Same<published.SessionEntry, checked.SessionEntry>>();
     same<Same<published.ReadMark, checked.ReadMark>>();
     // @ts-expect-error a difference is seen
     same<Same<published.User, checked.User & { age?: number }>>();
     // @ts-expect-error so is a field that may be missing
     same<Same<published.User, Partial<checked.User>>>();`,
  );
  const config = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(root, "node_modules", "@types")] },
    include: ["same.ts"],
  };
  await writeFile(join(project, "tsconfig.json"), JSON.stringify(config));
  expect(faultsOf("-p", "tsconfig.json")).toBe("");
  await rm(join(project, "tsconfig.json"));
});

test("published package - runs in Node over both transports", async () => {
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

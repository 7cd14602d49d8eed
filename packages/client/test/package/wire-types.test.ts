import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { wireTypes } from "../../scripts/wire-types.ts";

const plain = fileURLToPath(new URL("../../../protocol/src/plain.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../..", import.meta.url));

async function faultsOf(types: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "natter-wire-types-"));
  try {
    await writeFile(join(folder, "frames.ts"), types);
    await writeFile(
      join(folder, "same.ts"),
      `import type * as published from "./frames.ts";
       import type * as checked from ${JSON.stringify(plain)};
       type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : "narrower") : "wider";
       const same = <T extends true>(): T | undefined => undefined;
       same<Same<published.ServerFrame, checked.ServerFrame>>();
       same<Same<published.ClientFrame, checked.ClientFrame>>();
       same<Same<published.IntentFrame, checked.IntentFrame>>();
       same<Same<published.LogEvent, checked.LogEvent>>();
       same<Same<published.PageMessage, checked.PageMessage>>();
       same<Same<published.Attachment, checked.Attachment>>();
       same<Same<published.FinishReason, checked.FinishReason>>();
       same<Same<published.ReplyErrorCode, checked.ReplyErrorCode>>();
       same<Same<published.ServerFrameOf<"connection">, checked.ServerFrameOf<"connection">>>();`,
    );
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({
        extends: join(root, "tsconfig.json"),
        compilerOptions: { typeRoots: [join(root, "node_modules", "@types")] },
        include: ["*.ts"],
      }),
    );
    return execFileSync("tsc", ["-p", folder], { encoding: "utf8", shell: process.platform === "win32" });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("the published types are those of the schemas, and a difference would be seen", async () => {
  expect(await faultsOf(wireTypes())).toBe("");
  expect(await faultsOf(wireTypes().replace("afterMs: number", "afterMs?: number"))).toContain("same.ts");
});

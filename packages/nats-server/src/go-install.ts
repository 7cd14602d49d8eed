import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Fetch, Fetched, Source } from "./source.ts";
import { runCommand } from "./command.ts";
import { isAtLeast } from "./version.ts";

/** Its go.mod names the pinned version, its go.sum has the sums of that and of everything that it is built of. */
const moduleFolder = fileURLToPath(new URL("../go", import.meta.url));
const serverPackage = "github.com/nats-io/nats-server/v2";
const oldestGo = [1, 25] as const;
const buildTimeoutMs = 600_000;

/** Builds the pinned version. Go checks the sources with the sums that are kept here, whatever its own settings say. */
export const installWithGo: Source = async (fetch) => buildWithGo(moduleFolder, fetch);

export async function buildWithGo(
  folder: string,
  { into, say, variables }: Pick<Fetch, "into" | "say" | "variables">,
): Promise<Fetched | { reason: string }> {
  const { ok, stdout } = await runCommand("go", ["env", "GOVERSION"], { env: variables, timeoutMs: 20_000 });
  if (!ok) return { reason: "Go is not installed" };
  const version = (/go(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1, 3).map(Number);
  if (!isAtLeast(version, oldestGo)) return { reason: `Go is older than ${oldestGo.join(".")}` };
  say("building nats-server with Go, this takes about half a minute");
  const path = join(into, "nats-server");
  const built = await runCommand("go", ["build", "-o", path, serverPackage], {
    cwd: folder,
    // A cross-compiling setup of the caller's would make a binary for another machine.
    env: { ...variables, GOOS: "", GOARCH: "", GOWORK: "off", GOFLAGS: "-trimpath -mod=readonly" },
    timeoutMs: buildTimeoutMs,
  });
  return built.ok ? { path, isVerified: true } : { reason: reasonIn(built.stderr) };
}

function reasonIn(text: string): string {
  if (text.includes("SECURITY ERROR")) return "its sources do not have the sums that are kept here";
  return text.trim().split("\n").at(-1) ?? "it failed";
}

import { join } from "node:path";
import type { Source } from "./binary.ts";
import { runCommand } from "./command.ts";
import { isAtLeast, pinnedVersion } from "./version.ts";

const oldestGo = [1, 25] as const;
const buildTimeoutMs = 600_000;

/** Builds the pinned version; Go's checksum database verifies the sources. */
export const installWithGo: Source = async ({ into, say, variables }) => {
  const { ok, stdout } = await runCommand("go", ["env", "GOVERSION"], { env: variables, timeoutMs: 20_000 });
  if (!ok) return { reason: "Go is not installed" };
  const version = (/go(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1, 3).map(Number);
  if (!isAtLeast(version, oldestGo)) return { reason: `Go is older than ${oldestGo.join(".")}` };
  say("building nats-server with Go, this takes about half a minute");
  const built = await runCommand("go", ["install", `github.com/nats-io/nats-server/v2@v${pinnedVersion}`], {
    // A cross-compiling setup of the caller's would make a binary for another machine.
    env: { ...variables, GOBIN: into, GOOS: "", GOARCH: "", GOFLAGS: "-trimpath" },
    timeoutMs: buildTimeoutMs,
  });
  return built.ok ? { path: join(into, "nats-server") } : { reason: lastLine(built.stderr) };
};

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "it failed";
}

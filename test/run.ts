/** `pnpm test`: makes sure that what the tests run against is here, then runs them. */
import { spawn, spawnSync } from "node:child_process";
import { refuseOldNode } from "@natter/runtime";

refuseOldNode();
const { testBinary } = await import("@natter/testing");
// Once, before many test files ask for it at the same time.
const { version } = await testBinary();
process.stdout.write(`nats-server ${version.join(".")}\n`);
spawnSync(process.execPath, ["apps/web/scripts/build.ts", "--if-stale"], { stdio: "inherit" });
const vitest = spawn("vitest", ["run", ...process.argv.slice(2)], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => vitest.kill(signal));
vitest.on("exit", (code) => process.exit(code ?? 1));

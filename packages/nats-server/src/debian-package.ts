import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Source } from "./source.ts";
import { runCommand } from "./command.ts";

const downloadTimeoutMs = 180_000;

/** Debian's package, unpacked and not installed: it needs no root. */
export const fetchDebianPackage: Source = async ({ into, say, accept }) => {
  if (accept !== "old")
    return { reason: "it has published weaknesses; NATTER_NATS_SERVER=old takes it all the same" };
  const hasApt = await runCommand("apt-get", ["--version"], { timeoutMs: 10_000 });
  if (!hasApt.ok) return { reason: "apt-get is not there" };
  const downloaded = (await download(into, [])) || (await downloadWithOwnLists(into, say));
  const file = downloaded ? (await readdir(into)).find((name) => name.endsWith(".deb")) : undefined;
  if (!file) return { reason: "the package cannot be downloaded" };
  const unpacked = await runCommand("dpkg-deb", ["-x", file, "unpacked"], { cwd: into, timeoutMs: 60_000 });
  return unpacked.ok
    ? { path: join(into, "unpacked", "usr", "sbin", "nats-server"), isVerified: false }
    : { reason: "the package cannot be unpacked" };
};

async function download(into: string, options: readonly string[]): Promise<boolean> {
  const { ok } = await runCommand("apt-get", [...options, "download", "nats-server"], {
    cwd: into,
    timeoutMs: downloadTimeoutMs,
  });
  return ok;
}

/** A machine without package lists, or an ordinary user's: apt gets a state of its own. */
async function downloadWithOwnLists(into: string, say: (line: string) => void): Promise<boolean> {
  const state = join(into, "apt");
  await mkdir(join(state, "lists", "partial"), { recursive: true });
  await mkdir(join(state, "cache", "archives", "partial"), { recursive: true });
  const options = [
    "-o",
    `Dir::State=${state}`,
    "-o",
    `Dir::State::lists=${join(state, "lists")}`,
    "-o",
    "Dir::State::status=/var/lib/dpkg/status",
    "-o",
    `Dir::Cache=${join(state, "cache")}`,
    "-o",
    "APT::Sandbox::User=",
  ];
  say("reading Debian's package lists");
  const updated = await runCommand("apt-get", [...options, "update"], {
    cwd: into,
    timeoutMs: downloadTimeoutMs,
  });
  return updated.ok && download(into, options);
}

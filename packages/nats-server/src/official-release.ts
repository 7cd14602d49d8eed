import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { arch, platform } from "node:os";
import { join } from "node:path";
import type { Source } from "./binary.ts";
import { runCommand } from "./command.ts";
import { pinnedVersion } from "./version.ts";

const releaseUrl = `https://github.com/nats-io/nats-server/releases/download/v${pinnedVersion}`;
const connectTimeoutMs = 8_000;
const downloadTimeoutMs = 120_000;
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const systems: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin" };

/**
 * The release archive of this platform, verified against the SHA256SUMS of the same release. That finds a
 * download that was cut or changed on its way; it does not protect from a release that was replaced whole,
 * which only a sum kept here could.
 */
export const fetchOfficialRelease: Source = async ({ into, say }) => {
  const system = systems[platform()];
  const architecture = architectures[arch()];
  if (!system || !architecture) return { reason: `there is none for ${platform()} ${arch()}` };
  const name = `nats-server-v${pinnedVersion}-${system}-${architecture}`;
  try {
    const sums = new TextDecoder().decode(await download(`${releaseUrl}/SHA256SUMS`));
    const archive = await download(`${releaseUrl}/${name}.tar.gz`, (percent) =>
      say(`nats-server ${pinnedVersion}: ${percent} %`),
    );
    if (!matches(sums, `${name}.tar.gz`, archive)) return { reason: "its checksum is wrong" };
    await writeFile(join(into, "release.tar.gz"), archive);
    const unpacked = await runCommand("tar", ["-xzf", "release.tar.gz"], { cwd: into, timeoutMs: 60_000 });
    return unpacked.ok ? { path: join(into, name, "nats-server") } : { reason: "it cannot be unpacked" };
  } catch (error) {
    return { reason: `it cannot be reached (${error instanceof Error ? error.message : String(error)})` };
  }
};

/** Whether `sums` lists the file with the checksum of `content`. */
export function matches(sums: string, file: string, content: Uint8Array): boolean {
  const sum = createHash("sha256").update(content).digest("hex");
  return sums.split("\n").some((line) => {
    const [listed, name] = line.trim().split(/\s+\*?/);
    return listed === sum && name === file;
  });
}

async function download(url: string, progress?: (percent: number) => void): Promise<Uint8Array> {
  const controller = new AbortController();
  const connecting = setTimeout(() => controller.abort(new Error("no answer")), connectTimeoutMs);
  const downloading = setTimeout(() => controller.abort(new Error("too slow")), downloadTimeoutMs);
  try {
    const response = await fetch(url, { signal: controller.signal, redirect: "follow" });
    clearTimeout(connecting);
    if (!response.ok || !response.body) throw new Error(`HTTP ${response.status}`);
    const total = Number(response.headers.get("content-length") ?? 0);
    const parts: Uint8Array[] = [];
    let received = 0;
    let said = 0;
    for await (const part of response.body) {
      parts.push(part);
      received += part.length;
      const percent = total > 0 ? Math.floor((received / total) * 10) * 10 : 0;
      if (percent > said) progress?.((said = percent));
    }
    return Buffer.concat(parts);
  } finally {
    clearTimeout(connecting);
    clearTimeout(downloading);
  }
}

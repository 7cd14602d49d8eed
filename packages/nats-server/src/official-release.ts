import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { arch, platform } from "node:os";
import { join } from "node:path";
import type { Fetch, Fetched, Source } from "./source.ts";
import { runCommand } from "./command.ts";
import { releaseSums } from "./release-sums.ts";
import { pinnedVersion } from "./version.ts";

const releaseUrl = `https://github.com/nats-io/nats-server/releases/download/v${pinnedVersion}`;
const connectTimeoutMs = 8_000;
const downloadTimeoutMs = 120_000;
const architectures: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64" };
const systems: Readonly<Record<string, string>> = { linux: "linux", darwin: "darwin" };

export interface Release {
  readonly url: string;
  /** SHA-256 by file name, as far as they are known from elsewhere than from the release. */
  readonly sums: Readonly<Record<string, string>>;
}

/** The release archive of this platform. */
export const fetchOfficialRelease: Source = async (fetch) =>
  fetchRelease({ url: releaseUrl, sums: releaseSums }, fetch);

/** Whether its archive for this platform can be checked with a sum that is kept here. */
export function isReleaseKnown(): boolean {
  const name = nameHere();
  return name !== undefined && releaseSums[`${name}.tar.gz`] !== undefined;
}

/**
 * With a sum that is kept here, that alone counts. Without one the archive is refused, unless `accept` says that the release's
 * own SHA256SUMS are enough: those find a download that was cut, and not a release that was replaced whole.
 */
export async function fetchRelease(
  release: Release,
  { into, say, accept }: Fetch,
): Promise<Fetched | { reason: string }> {
  const name = nameHere();
  if (name === undefined) return { reason: `there is none for ${platform()} ${arch()}` };
  const file = `${name}.tar.gz`;
  const known = release.sums[file];
  if (known === undefined && accept === "verified")
    return { reason: "its sum is not known here; NATTER_NATS_SERVER=unverified takes it all the same" };
  try {
    const sum = known ?? (await sumOfTheRelease(release.url, file));
    if (sum === undefined) return { reason: "its SHA256SUMS do not list it" };
    const archive = await download(`${release.url}/${file}`, (percent) =>
      say(`nats-server ${pinnedVersion}: ${percent} %`),
    );
    if (createHash("sha256").update(archive).digest("hex") !== sum)
      return { reason: "its checksum is wrong" };
    await writeFile(join(into, "release.tar.gz"), archive);
    const unpacked = await runCommand("tar", ["-xzf", "release.tar.gz"], { cwd: into, timeoutMs: 60_000 });
    if (!unpacked.ok) return { reason: "it cannot be unpacked" };
    return { path: join(into, name, "nats-server"), isVerified: known !== undefined };
  } catch (error) {
    return { reason: `it cannot be reached (${error instanceof Error ? error.message : String(error)})` };
  }
}

/** Without the ending. `undefined` if there is none for this platform. */
function nameHere(): string | undefined {
  const system = systems[platform()];
  const architecture = architectures[arch()];
  return system && architecture ? `nats-server-v${pinnedVersion}-${system}-${architecture}` : undefined;
}

async function sumOfTheRelease(url: string, file: string): Promise<string | undefined> {
  return sumIn(new TextDecoder().decode(await download(`${url}/SHA256SUMS`)), file);
}

/** What the lines `<sum>  <file>` say of the file. */
export function sumIn(sums: string, file: string): string | undefined {
  return sums
    .split("\n")
    .map((line) => line.trim().split(/\s+\*?/))
    .find(([, name]) => name === file)?.[0];
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

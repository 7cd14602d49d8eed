import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { runCommand } from "./command.ts";
import { fetchDebianPackage } from "./debian-package.ts";
import { installWithGo } from "./go-install.ts";
import { fetchOfficialRelease, isReleaseKnown } from "./official-release.ts";
import type { Fetch, Source } from "./source.ts";
import { isAtLeast, oldestOnPath, parseVersion, pinnedVersion } from "./version.ts";

export interface Binary {
  readonly path: string;
  readonly version: readonly number[];
}

/** No nats-server can be had here. `message` says what to install. */
export class NoNatsServer extends Error {
  override readonly name = "NoNatsServer";
}

interface NamedSource {
  readonly what: string;
  readonly fetch: Source;
}

const officialRelease = { what: "the official release", fetch: fetchOfficialRelease };
const goInstall = { what: "Go", fetch: installWithGo };
const debianPackage = { what: "Debian's package", fetch: fetchDebianPackage };

/** The quick one first, if it is as certain as the other. */
function usualSources(): readonly NamedSource[] {
  return isReleaseKnown()
    ? [officialRelease, goInstall, debianPackage]
    : [goInstall, officialRelease, debianPackage];
}

/**
 * A nats-server: the one on PATH if it is new enough, else the one in the cache, else one that is fetched
 * into the cache. A fetch that is interrupted leaves nothing half done: the binary gets its name last.
 *
 * @param cacheDir where fetched binaries are kept
 * @param sources are tried one after another
 * @throws NoNatsServer
 */
export async function findNatsServer(
  cacheDir: string,
  how: Omit<Fetch, "into">,
  sources: readonly NamedSource[] = usualSources(),
): Promise<Binary> {
  const onPath = await inspect("nats-server");
  if (onPath && isAtLeast(onPath.version, oldestOnPath)) return onPath;
  const cached = resolve(cacheDir, `nats-server-${pinnedVersion}`);
  // Under names of their own: whoever takes the setting back runs none of them any more.
  const unverified = `${cached}-unverified`;
  const old = resolve(cacheDir, "nats-server-debian");
  const usable = { verified: [cached], unverified: [cached, unverified], old: [cached, unverified, old] };
  for (const path of usable[how.accept]) {
    const kept = await inspect(path);
    if (kept) return kept;
  }
  return fetchInto(cacheDir, { cached, unverified, old }, { ...how, sources });
}

/** `undefined` if there is no such program or it does not run here. */
export async function inspect(path: string): Promise<Binary | undefined> {
  const { ok, stdout } = await runCommand(path, ["--version"], { timeoutMs: 10_000 });
  const version = ok ? parseVersion(stdout) : undefined;
  return version && { path, version };
}

async function fetchInto(
  cacheDir: string,
  names: { cached: string; unverified: string; old: string },
  { sources, ...how }: Omit<Fetch, "into"> & { readonly sources: readonly NamedSource[] },
): Promise<Binary> {
  const { say } = how;
  await mkdir(cacheDir, { recursive: true });
  const reasons: string[] = [];
  for (const { what, fetch } of sources) {
    const work = await mkdtemp(join(cacheDir, "fetch-"));
    try {
      say(`nats-server ${pinnedVersion} is not here, trying ${what}`);
      const fetched = await fetch({ into: work, ...how });
      const binary = "path" in fetched ? await inspect(fetched.path) : undefined;
      if (!binary || "reason" in fetched) {
        reasons.push(`${what}: ${"reason" in fetched ? fetched.reason : "its binary does not run here"}`);
        continue;
      }
      const isPinned = binary.version.join(".") === pinnedVersion;
      const pinned = fetched.isVerified ? names.cached : names.unverified;
      const path = isPinned ? pinned : names.old;
      await rename(binary.path, path);
      if (!isPinned)
        say(
          `nats-server ${binary.version.join(".")} is old: it works, but ${oldestOnPath.join(".")} or newer has fixes that you want`,
        );
      return { path, version: binary.version };
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  throw new NoNatsServer(
    `no nats-server can be had here: install nats-server ${oldestOnPath.join(".")} or newer and put it on PATH (${reasons.join("; ")})`,
  );
}

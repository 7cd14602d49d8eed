import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findNatsServer, NoNatsServer, type Acceptance } from "../src/index.ts";
import { inspect } from "../src/binary.ts";
import type { Source } from "../src/source.ts";
import { buildWithGo } from "../src/go-install.ts";
import { fetchRelease, sumIn } from "../src/official-release.ts";
import { releaseSums } from "../src/release-sums.ts";
import { pinnedVersion } from "../src/version.ts";

const goFolder = fileURLToPath(new URL("../go", import.meta.url));
const platforms = ["linux-amd64", "linux-arm64", "darwin-amd64", "darwin-arm64"];
const name = `nats-server-v${pinnedVersion}-${process.platform}-${arch() === "x64" ? "amd64" : arch()}`;
const file = `${name}.tar.gz`;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-sources-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const sumOf = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** A program that says that it is this version. */
async function writeServer(path: string, version: string): Promise<void> {
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(path, 0o755);
}

describe.runIf(process.platform !== "win32")("the official release", () => {
  let server: Server;
  let asked: (string | undefined)[];
  let archive: Buffer;
  /** What the release says of its archives. */
  let sums: string;

  beforeEach(async () => {
    asked = [];
    await writeServer(join(folder, name, "nats-server"), pinnedVersion);
    execFileSync("tar", ["-czf", file, name], { cwd: folder });
    archive = await readFile(join(folder, file));
    sums = `${sumOf(archive)}  ${file}\n`;
    server = createServer(({ url }, response) => {
      asked.push(url);
      response.end(url === "/SHA256SUMS" ? sums : archive);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(() => server.close());

  async function fetchIt(
    kept: Readonly<Record<string, string>>,
    accept: Acceptance,
  ): Promise<{ path: string } | { reason: string }> {
    const into = await mkdtemp(join(folder, "into-"));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return fetchRelease({ url, sums: kept }, { into, say: () => undefined, variables: {}, accept });
  }

  test("is taken if it has the sum that is kept here, and nobody is asked for another", async () => {
    const fetched = await fetchIt({ [file]: sumOf(archive) }, "verified");
    expect(fetched).toHaveProperty("isVerified", true);
    expect(await inspect((fetched as { path: string }).path)).toMatchObject({ version: [2, 12, 15] });
    expect(asked).toEqual([`/${file}`]);
  });

  test.each(["verified", "unverified", "old"] as const)(
    "that was altered together with its SHA256SUMS is refused where its sum is kept here, with %s",
    async (accept) => {
      const kept = { [file]: sumOf(archive) };
      archive = Buffer.concat([archive, Buffer.from([0])]);
      sums = `${sumOf(archive)}  ${file}\n`;
      expect(await fetchIt(kept, accept)).toEqual({ reason: "its checksum is wrong" });
    },
  );

  test("whose sum is not kept here is refused without a request", async () => {
    expect(await fetchIt({ "another.tar.gz": sumOf(archive) }, "verified")).toEqual({
      reason: expect.stringContaining("NATTER_NATS_SERVER=unverified") as string,
    });
    expect(asked).toEqual([]);
  });

  test("whose sum is not kept here is taken with that of the release if that is enough for the user", async () => {
    expect(await fetchIt({}, "unverified")).toHaveProperty("isVerified", false);
    sums = `${"0".repeat(64)}  ${file}\n`;
    expect(await fetchIt({}, "unverified")).toEqual({ reason: "its checksum is wrong" });
    sums = "";
    expect(await fetchIt({}, "unverified")).toEqual({ reason: "its SHA256SUMS do not list it" });
  });
});

test("a list of sums is read in both of its forms", () => {
  expect(sumIn("aa  a.tar.gz\nbb *b.tar.gz\n", "a.tar.gz")).toBe("aa");
  expect(sumIn("aa  a.tar.gz\nbb *b.tar.gz\n", "b.tar.gz")).toBe("bb");
  expect(sumIn("aa  a.tar.gz\n", "c.tar.gz")).toBeUndefined();
});

test("the sums that are kept here are of archives of the pinned version", () => {
  const known = platforms.map((platform) => `nats-server-v${pinnedVersion}-${platform}.tar.gz`);
  for (const [each, sum] of Object.entries(releaseSums)) {
    expect(known).toContain(each);
    expect(sum).toMatch(/^[0-9a-f]{64}$/);
  }
  expect(Object.keys(releaseSums).length).toBeLessThanOrEqual(known.length);
});

describe("the sources that Go builds", () => {
  test("are those of the pinned version, each with a sum", async () => {
    const wanted = await readFile(join(goFolder, "go.mod"), "utf8");
    const sums = await readFile(join(goFolder, "go.sum"), "utf8");
    expect(wanted).toContain(`github.com/nats-io/nats-server/v2 v${pinnedVersion} `);
    for (const [, module = "", version = ""] of wanted.matchAll(/^\t(\S+) (v\S+)/gm))
      expect(sums).toContain(`${module} ${version} h1:`);
  });

  test("are refused if they do not have the sums that are kept here", async () => {
    const altered = join(folder, "go");
    await cp(goFolder, altered, { recursive: true });
    const sums = await readFile(join(altered, "go.sum"), "utf8");
    const sum = new RegExp(`(nats-server/v2 v${pinnedVersion} h1:)....`);
    await writeFile(join(altered, "go.sum"), sums.replace(sum, "$1AAAA"));
    const variables = { ...process.env, GOSUMDB: "off", GONOSUMDB: "*", GOFLAGS: "-mod=mod" };
    const built = await buildWithGo(altered, { into: folder, say: () => undefined, variables });
    // Without a new Go nothing is built at all.
    expect(built).toEqual({
      reason: expect.stringMatching(
        /^(its sources do not have the sums that are kept here|Go is (not installed|older than .*))$/,
      ) as string,
    });
  });
});

/** @returns what it finds, or why it finds nothing */
async function search(accept: Acceptance, sources?: Parameters<typeof findNatsServer>[2]): Promise<unknown> {
  const before = process.env["PATH"];
  // Nothing of the machine's own: neither a server nor what could fetch one.
  process.env["PATH"] = join(folder, "bin");
  try {
    const how = { say: () => undefined, variables: { PATH: join(folder, "bin") }, accept };
    return await findNatsServer(join(folder, "cache"), how, sources).catch((error: unknown) => error);
  } finally {
    process.env["PATH"] = before;
  }
}

describe.runIf(process.platform !== "win32")("a server in the cache", () => {
  beforeEach(async () => {
    await mkdir(join(folder, "bin"));
    // The fake servers are scripts.
    await cp("/bin/sh", join(folder, "bin", "sh"), { dereference: true });
  });

  test("of the pinned version is used, whatever is accepted", async () => {
    await writeServer(join(folder, "cache", `nats-server-${pinnedVersion}`), pinnedVersion);
    expect(await search("verified")).toMatchObject({ version: [2, 12, 15] });
  });

  test.each([
    { isVerified: false, users: ["unverified", "old"] },
    { isVerified: true, users: ["verified", "unverified", "old"] },
  ] as const)(
    "that was fetched once is used by whom it is good enough for, with isVerified $isVerified",
    async ({ isVerified, users }) => {
      const fetch: Source = async ({ into }) => {
        await writeServer(join(into, "nats-server"), pinnedVersion);
        return { path: join(into, "nats-server"), isVerified };
      };
      expect(await search("unverified", [{ what: "a test", fetch }])).toMatchObject({ version: [2, 12, 15] });
      const found = [];
      for (const accept of ["verified", "unverified", "old"] as const)
        if (!((await search(accept, [])) instanceof NoNatsServer)) found.push(accept);
      expect(found).toEqual(users);
    },
  );

  test("of Debian's is used only where old ones are accepted", async () => {
    await writeServer(join(folder, "cache", "nats-server-debian"), "2.9.10");
    expect(await search("old")).toMatchObject({ version: [2, 9, 10] });
    const refusal = await search("verified");
    expect(refusal).toBeInstanceOf(NoNatsServer);
    expect(String(refusal)).toMatch(/published weaknesses; NATTER_NATS_SERVER=old/);
    expect(String(refusal).split("\n")).toHaveLength(1);
  });
});

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatClient, startNatter } from "@natter/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openDataDir } from "../src/data-dir/data-dir.ts";

const hasModes = process.platform !== "win32";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "natter-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

/** What somebody else could open, or look into. */
function openIn(path: string): string[] {
  const below = readdirSync(path, { recursive: true, encoding: "utf8" })
    // The tests' own binary is put in there by the tests.
    .filter((name) => !name.startsWith("cache"))
    .map((name) => join(path, name));
  return [path, ...below].filter((each) => existsSync(each) && (statSync(each).mode & 0o077) !== 0);
}

describe.runIf(hasModes)("the data directory", () => {
  test("is made for its user alone, with the folders above it as usual", async () => {
    await openDataDir(join(folder, "data"));
    expect(modeOf(join(folder, "data"))).toBe("700");
  });

  test("is closed to others if it was there and empty, before anything is put into it", async () => {
    chmodSync(folder, 0o755);
    await openDataDir(folder);
    expect(modeOf(folder)).toBe("700");
  });

  test("of an earlier version is closed to others, with what natter has put into it and nothing else", async () => {
    for (const name of ["natter.db", "natter.db-wal", "nats.conf", "run.json", "holiday.jpg"]) {
      writeFileSync(join(folder, name), "");
      chmodSync(join(folder, name), 0o644);
    }
    mkdirSync(join(folder, "nats"));
    chmodSync(join(folder, "nats"), 0o755);
    symlinkSync(join(folder, "holiday.jpg"), join(folder, "cache"));
    chmodSync(folder, 0o755);
    await openDataDir(folder);
    expect(modeOf(folder)).toBe("700");
    for (const name of ["natter.db", "natter.db-wal", "nats.conf", "run.json"])
      expect(modeOf(join(folder, name))).toBe("600");
    expect(modeOf(join(folder, "nats"))).toBe("700");
    expect(modeOf(join(folder, "holiday.jpg"))).toBe("644");
  });

  test("that holds only what is somebody else's is left as it is", async () => {
    writeFileSync(join(folder, "holiday.jpg"), "");
    chmodSync(folder, 0o755);
    await openDataDir(folder);
    expect(modeOf(folder)).toBe("755");
  });

  test("has no file and no folder for others, also after it was one of an earlier version", async () => {
    await using natter = await startNatter();
    const client = await ChatClient.connect(natter.url, "private");
    await client.converse("a secret");
    expect(openIn(natter.dataDir)).toEqual([]);
    await natter.stop();
    rmSync(join(natter.dataDir, "broker.secret"));
    for (const name of ["natter.db", "nats.conf", "start.lock"]) chmodSync(join(natter.dataDir, name), 0o644);
    chmodSync(natter.dataDir, 0o755);
    await natter.restart();
    const again = await ChatClient.connect(natter.url, "private");
    await again.converse("another secret");
    expect(openIn(natter.dataDir)).toEqual([]);
    const page = (await (await fetch(`${natter.url}/api/sessions/private/messages`)).json()) as object;
    expect(JSON.stringify(page)).toContain("a secret");
  });
});

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startNatter, type TestNatter } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Result } from "../src/measuring/result.ts";
import { load } from "./load-program.ts";

let natter: TestNatter;
const folder = mkdtempSync(join(tmpdir(), "natter-load-"));

beforeAll(async () => {
  natter = await startNatter({ gateways: 2, workers: 2 });
});
afterAll(async () => {
  await natter[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const short = ["--ramp-seconds", "0.5", "--duration-seconds", "3", "--answer-words-per-second", "0"];
const resultIn = (path: string): Result => JSON.parse(readFileSync(path, "utf8")) as Result;

test("a load of several processes finds that natter keeps its promises, and writes its reports", async () => {
  const [json, html] = [join(folder, "steady.json"), join(folder, "steady.html")];
  const size = [
    "--sessions",
    "10",
    "--sockets-per-session",
    "2",
    "--rate-per-second",
    "10",
    "--processes",
    "2",
  ];
  const ended = await load([
    "steady",
    ...short,
    ...size,
    "--url",
    natter.url,
    "--json",
    json,
    "--html",
    html,
  ]);
  expect(ended).toMatchObject({ code: 0, errorOutput: "" });
  const { counts, series } = resultIn(json);
  expect(counts.connections).toBe(20);
  expect(counts.acked).toBeGreaterThan(5);
  expect(counts.replies).toBe(counts.acked);
  expect(series.length).toBeGreaterThan(1);
  expect(readFileSync(html, "utf8")).toMatch(/<polyline[^>]+points="\d/);
});

test("a gateway that is killed meanwhile costs nobody a message, and the sockets come back", async () => {
  const json = join(folder, "storm.json");
  const gateway = (await natter.run()).find(({ role, url }) => role === "gateway" && url === natter.url);
  const during = ["--during", `kill -9 ${gateway?.pid}`, "--during-at-seconds", "1"];
  const size = ["--sessions", "10", "--rate-per-second", "10"];
  const ended = await load([
    "reconnect-storm",
    ...short,
    ...size,
    ...during,
    "--url",
    natter.url,
    "--json",
    json,
  ]);
  expect(ended).toMatchObject({ code: 0, errorOutput: "" });
  const { counts } = resultIn(json);
  expect(counts.closed).toBe(10);
  expect(counts.connections).toBe(20);
  expect(counts.replies).toBe(counts.acked);
});

test("the pods of a job join what they found", async () => {
  const port = await freePort();
  const json = join(folder, "pods.json");
  const args = ["steady", ...short, "--sessions", "3", "--rate-per-second", "5", "--url", natter.url];
  const [gathering, delivering] = await Promise.all([
    load([...args, "--gather-port", String(port), "--pods", "2", "--json", json]),
    load([...args, "--seed", "2", "--deliver-to", `http://127.0.0.1:${port}`]),
  ]);
  expect([gathering?.code, delivering?.code]).toEqual([0, 0]);
  expect(resultIn(json).counts.connections).toBe(6);
});

test("results of several runs are joined to one", async () => {
  const files = ["steady.json", "pods.json"].map((name) => join(folder, name));
  const json = join(folder, "joined.json");
  expect(await load(["join", ...files, "--json", json])).toMatchObject({ code: 0 });
  const acked = files.map((file) => resultIn(file).counts.acked);
  expect(resultIn(json).counts.acked).toBe((acked[0] ?? 0) + (acked[1] ?? 0));
});

test("a command in the middle of the load that fails makes the run fail", async () => {
  const args = ["deploy", ...short, "--sessions", "1", "--during", "exit 3", "--url", natter.url];
  expect(await load(args)).toMatchObject({
    code: 2,
    errorOutput: "the command of --during ended with 3\n",
  });
});

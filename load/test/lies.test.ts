import { expect, test } from "vitest";
import { load } from "./load-program.ts";
import { LyingServer, type Lie } from "./lying-server.ts";

const short = [
  "--sessions",
  "2",
  "--rate-per-second",
  "20",
  "--ramp-seconds",
  "0.2",
  "--duration-seconds",
  "1",
];
const args = ["steady", ...short, "--answer-words", "5", "--settle-seconds", "1", "--processes", "1"];

const findings: readonly (readonly [Lie, string])[] = [
  ["loses a message", "lost"],
  ["loses a reply", "lost"],
  ["stores a message twice", "duplicated"],
  ["stores another text", "unequal"],
  ["sends an event twice", "duplicated"],
  ["sends events in another order", "reordered"],
  ["leaves an event out", "holes"],
  ["leaves a chunk out", "holes"],
  ["streams another text", "unequal"],
  ["completes another text", "unequal"],
  ["never answers", "unanswered"],
  ["ends with an error", "cut"],
  ["begins a reply anew", "restarted"],
  ["refuses a message", "refused"],
  ["opens no socket", "unopened"],
];

test.concurrent.each(findings)(
  "a load test of a server that %s misses a threshold of %s",
  async (lie, word) => {
    await using server = await LyingServer.open(lie);
    const { code, output } = await load([...args, "--url", server.url]);
    expect(output).toMatch(new RegExp(`^missed: (?:.*; )?${word}: [1-9]`, "m"));
    expect(code).toBe(1);
  },
);

test("a load test of a server that keeps its promises ends with 0", async () => {
  await using server = await LyingServer.open("none");
  const { code, output } = await load([...args, "--url", server.url]);
  expect(output).toContain("all thresholds were kept");
  expect(output).not.toMatch(/^acked +0 /m);
  expect(code).toBe(0);
});

test("a load test in which nobody sent anything ends with 2, and does not say that all is well", async () => {
  await using server = await LyingServer.open("none");
  const ended = await load([...args, "--url", server.url, "--rate-per-second", "0.001"]);
  expect(ended).toMatchObject({
    code: 2,
    errorOutput: "nobody sent anything: the load is too short for its rate\n",
  });
});

test("a load test ends with 1 if a latency is above its threshold", async () => {
  await using server = await LyingServer.open("none");
  const { code, output } = await load([...args, "--url", server.url, "--max-ack-p99-ms", "0.001"]);
  expect(output).toMatch(/^missed: ack p99: \d+\.\d ms, at most 0\.001 ms$/m);
  expect(code).toBe(1);
});

test("a load test ends with 1 if a latency with a threshold was never measured", async () => {
  await using server = await LyingServer.open("none");
  const { code, output } = await load([...args, "--url", server.url, "--max-reconnect-p99-ms", "1000"]);
  expect(output).toMatch(/^missed: reconnect p99: no value, at most 1000 ms$/m);
  expect(code).toBe(1);
});

test("a reconnect storm in which no socket closed ends with 1", async () => {
  await using server = await LyingServer.open("none");
  const storm = ["reconnect-storm", ...args.slice(1), "--during", "true", "--during-at-seconds", "0"];
  const { code, output } = await load([...storm, "--url", server.url]);
  expect(output).toMatch(/^missed: closed: 0, at least 1; /m);
  expect(code).toBe(1);
});

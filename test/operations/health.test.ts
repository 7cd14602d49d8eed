import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ChildProgram, freePort, startNatsServer, waitFor, type TestNatsServer } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

let nats: TestNatsServer;
const folder = mkdtempSync(join(tmpdir(), "natter-health-"));

beforeAll(async () => {
  nats = await startNatsServer();
});
afterAll(async () => {
  await nats.stop();
  rmSync(folder, { recursive: true });
});

const services = [
  { name: "persistence", variables: { NATTER_DATA_DIR: folder } },
  { name: "llm-worker", variables: { OPENAI_BASE_URL: "http://127.0.0.1:1/v1", OPENAI_API_KEY: "none" } },
];

describe.each(services)("the health of a $name", ({ name, variables }) => {
  let service: ChildProgram;
  let url: string;

  async function answer(path: string): Promise<{ code: number; body: unknown } | undefined> {
    const response = await fetch(new URL(path, url)).catch(() => undefined);
    return response && { code: response.status, body: await response.json() };
  }
  const becomes = async (path: string, code: number): Promise<unknown> =>
    waitFor(
      async () => {
        const now = await answer(path);
        return now?.code === code ? now.body : undefined;
      },
      { what: `${code} from ${path}`, timeoutMs: 30_000 },
    );

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    service = ChildProgram.start({
      name,
      args: [fileURLToPath(new URL(`../../services/${name}/src/main.ts`, import.meta.url))],
      env: {
        PATH: process.env["PATH"],
        NATS_URL: nats.url,
        NATTER_HEALTH_PORT: String(port),
        NATTER_LOG_LEVEL: "silent",
        ...variables,
      },
      hasChannel: true,
    });
    await service.untilReady();
  });
  afterAll(() => service.kill());

  test("is live and ready after the start", async () => {
    expect(await answer("/livez")).toEqual({ code: 200, body: { status: "live" } });
    expect(await answer("/readyz")).toEqual({ code: 200, body: { status: "ready" } });
    expect(await answer("/elsewhere")).toMatchObject({ code: 404 });
  });

  test("says that the broker is away while it is, and stays live", async () => {
    await nats.kill("SIGKILL");
    expect(await becomes("/readyz", 503)).toEqual({ status: "not ready", reason: "broker away" });
    expect(await answer("/livez")).toMatchObject({ code: 200 });
    await nats.restart();
    expect(await becomes("/readyz", 200)).toEqual({ status: "ready" });
  });

  test("ends with the process, which SIGTERM stops in order", async () => {
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(await answer("/livez")).toBeUndefined();
  });
});

test("a health port that is taken ends the start with an error that names it", async () => {
  await using first = await startNatsServer();
  await using worker = ChildProgram.start({
    name: "llm-worker",
    args: [fileURLToPath(new URL("../../services/llm-worker/src/main.ts", import.meta.url))],
    env: { PATH: process.env["PATH"], NATS_URL: first.url, NATTER_HEALTH_PORT: String(first.port) },
  });
  expect(await worker.ended).toMatchObject({ code: 1 });
  expect(worker.output).toContain(`EADDRINUSE`);
});

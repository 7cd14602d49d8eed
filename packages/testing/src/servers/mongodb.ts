import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { randomBytes } from "node:crypto";
import { freePort } from "@natter/nats-server";
import { ChildProgram } from "../processes.ts";

const image = "mongo:8.0";
const startMs = 60_000;

/** A MongoDB for one test file, with a database of its own. */
export interface TestMongo {
  /** Names the database. */
  readonly url: string;
  /** How it was found: "MONGODB_TEST_URL", "Docker" or "mongod". */
  readonly source: string;
  close(): Promise<void>;
}

interface FoundMongo {
  readonly url: string;
  readonly source: string;
  close(): Promise<void>;
}

/**
 * Looks for a MongoDB: the server that `MONGODB_TEST_URL` names, then a container, then a `mongod` on PATH. If there is none,
 * this prints a line that nobody overlooks and resolves with `undefined`. The caller then reports its tests as skipped.
 *
 * @throws with `CI=true` and no MongoDB: tests that did not run must not look like tests that passed
 */
export async function openTestMongo(
  variables: Readonly<Record<string, string | undefined>>,
): Promise<TestMongo | undefined> {
  const given = variables["MONGODB_TEST_URL"];
  const found = given
    ? { url: given, source: "MONGODB_TEST_URL", close: async () => undefined }
    : ((await openContainer()) ?? (await openProcess(variables["PATH"] ?? "")));
  if (found) return { ...found, url: withDatabase(found.url, `natter_${randomBytes(6).toString("hex")}`) };
  const message =
    "NO MONGODB: set MONGODB_TEST_URL, start Docker, or put mongod on PATH. What runs on MongoDB is NOT tested.";
  process.stderr.write(`\n${"!".repeat(message.length)}\n${message}\n${"!".repeat(message.length)}\n\n`);
  if (variables["CI"] === "true") throw new Error(message);
  return undefined;
}

/** `undefined` also if the engine cannot get the image. */
async function openContainer(): Promise<FoundMongo | undefined> {
  try {
    const { GenericContainer, Wait } = await import("testcontainers");
    const container = await new GenericContainer(image)
      .withExposedPorts(27_017)
      .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/i))
      .withStartupTimeout(startMs)
      .start();
    return {
      url: `mongodb://${container.getHost()}:${container.getMappedPort(27_017)}`,
      source: "Docker",
      close: async () => void (await container.stop()),
    };
  } catch (error) {
    const [reason] = String(error).split("\n");
    process.stderr.write(`no MongoDB from Docker: ${reason}\n`);
    return undefined;
  }
}

async function openProcess(path: string): Promise<FoundMongo | undefined> {
  const binary = path
    .split(delimiter)
    .map((folder) => join(folder, "mongod"))
    .find(isExecutable);
  if (binary === undefined) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "natter-mongod-"));
  const port = await freePort();
  const mongod = ChildProgram.start({
    name: "mongod",
    command: binary,
    args: ["--dbpath", folder, "--port", String(port), "--bind_ip", "127.0.0.1"],
    env: process.env,
  });
  const close = async (): Promise<void> => {
    await mongod.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  await mongod.until(`a listener on port ${port}`, () => isListening(port), startMs);
  return { url: `mongodb://127.0.0.1:${port}`, source: "mongod", close };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The same server and options, another database. */
function withDatabase(url: string, name: string): string {
  const [, server = url, options = ""] = /^([a-z+]+:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(url) ?? [];
  return `${server}/${name}${options}`;
}

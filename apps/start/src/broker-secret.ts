import { randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

const fileName = "broker-secret";
const secretBytes = 32;
const shape = /^[A-Za-z0-9_-]{43}$/;

/**
 * What our own broker asks of everybody who connects: made at the first start, and kept in the data directory for this user
 * alone. Without it any program on the machine could speak in anybody's name.
 */
export async function brokerSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, fileName);
  return (await readSecret(path)) ?? (await makeSecret(path));
}

async function readSecret(path: string): Promise<string | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  return shape.test(text.trim()) ? text.trim() : undefined;
}

/** Whole or not at all: a start that dies here leaves no half of a secret. */
async function makeSecret(path: string): Promise<string> {
  const secret = randomBytes(secretBytes).toString("base64url");
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, `${secret}\n`, { mode: 0o600 });
  await rm(path, { force: true });
  await link(draft, path);
  await rm(draft);
  return secret;
}

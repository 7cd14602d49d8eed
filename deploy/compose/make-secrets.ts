/**
 * Writes the files of the volume `secrets` in docker-compose.yml: make-secrets.ts FOLDER. The broker's password and the key of
 * the logs' names are made once. Who the model is can change with each start.
 */
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? "/run/natter";

const password = once("nats-password");
once("log-key");
write("nats-users.conf", `authorization { users: [ { user: natter, password: "${password}" } ] }\n`);
const brokers = process.env["NATTER_STREAM_REPLICAS"] === "3" ? ["nats", "nats-2", "nats-3"] : ["nats"];
write("nats-url", brokers.map((name) => `nats://natter:${password}@${name}:4222`).join(","));

const { HAS_MODEL, DEMO_MODEL_URL = "", OPENAI_BASE_URL = "", OPENAI_MODEL = "" } = process.env;
// An empty file counts as not set.
write("openai-base-url", HAS_MODEL ? OPENAI_BASE_URL : DEMO_MODEL_URL);
write("openai-model", HAS_MODEL ? OPENAI_MODEL : OPENAI_MODEL || "demo");

/** A secret that stays the same from the first start on. */
function once(name: string): string {
  const path = join(folder, name);
  if (!existsSync(path)) write(name, randomBytes(24).toString("base64url"));
  return readFileSync(path, "utf8");
}

/** The services run as another user, and the volume is mounted into them read-only. */
function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o644 });
}

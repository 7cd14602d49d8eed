/**
 * Writes the files of the volume `secrets` in docker-compose.yml: make-secrets.ts FOLDER. The broker's password and the key of
 * the logs' names are made once. Who the model is can change with each start.
 */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? "/run/natter";

if (!existsSync(join(folder, "nats-url"))) {
  const password = randomBytes(24).toString("base64url");
  write("nats-users.conf", `authorization { users: [ { user: natter, password: "${password}" } ] }\n`);
  write("log-key", randomBytes(24).toString("base64url"));
  // This file comes last, so that a start that was interrupted makes all of them again.
  write("nats-url", `nats://natter:${password}@nats:4222`);
}

const { HAS_MODEL, DEMO_MODEL_URL = "", OPENAI_BASE_URL = "", OPENAI_MODEL = "" } = process.env;
// An empty file counts as not set.
write("openai-base-url", HAS_MODEL ? OPENAI_BASE_URL : DEMO_MODEL_URL);
write("openai-model", HAS_MODEL ? OPENAI_MODEL : OPENAI_MODEL || "demo");

/** The services run as another user, and the volume is mounted into them read-only. */
function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o644 });
}

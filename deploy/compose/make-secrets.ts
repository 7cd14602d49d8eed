/** Makes the secrets of docker-compose.yml where there are none yet. They stay in the volume `secrets`. */
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.argv[2] ?? "/run/natter";
const [users, url, logKey] = ["nats-users.conf", "nats-url", "log-key"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];

if (!existsSync(url)) {
  const password = randomBytes(24).toString("base64url");
  write(users, `authorization { users: [ { user: natter, password: "${password}" } ] }\n`);
  write(logKey, randomBytes(24).toString("base64url"));
  // Last, so that a start that was interrupted makes all of them again.
  write(url, `nats://natter:${password}@nats:4222`);
}

/** The broker and the services run as different users of one group. */
function write(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o444 });
}

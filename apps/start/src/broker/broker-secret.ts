import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writePrivateFile } from "../data-dir/private-file.ts";

const secretBytes = 32;
/** As base64url. */
const whole = /^[\w-]{43}$/;

/**
 * What the broker of this data directory asks of everybody: whoever reaches it could say anything in anybody's name. Made at
 * the first start. A file that is cut or empty is replaced: all who know its secret are given it at each start.
 */
export async function openBrokerSecret(dataDir: string): Promise<string> {
  const path = join(dataDir, "broker.secret");
  const kept = await readFile(path, "utf8").catch(() => "");
  const secret = whole.test(kept.trim()) ? kept.trim() : randomBytes(secretBytes).toString("base64url");
  // Also one that is kept, so that it is for this user alone.
  await writePrivateFile(path, `${secret}\n`);
  return secret;
}

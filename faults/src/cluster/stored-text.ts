/** What a store still holds, whatever its answers say. */
import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { MongoClient } from "mongodb";

const busyMs = 2_000;

/** Every byte of the file and of what waits to be moved into it. */
export async function readSqlite(path: string): Promise<string> {
  const database = new DatabaseSync(path, { timeout: busyMs });
  database.exec("pragma wal_checkpoint(truncate)");
  database.close();
  const files = ["", "-wal"].map((end) => readFile(path + end, "latin1").catch(() => ""));
  return (await Promise.all(files)).join("");
}

/** Every document of every collection. */
export async function readMongo(url: string): Promise<string> {
  const client = await MongoClient.connect(url);
  try {
    const found: string[] = [];
    for (const collection of await client.db().collections())
      for await (const document of collection.find()) found.push(JSON.stringify(document));
    return found.join("\n");
  } finally {
    await client.close();
  }
}

/** What the version before this one kept of a text to find it by: no width, quote or dotted i was folded. */
import { Database } from "../../src/stores/sqlite/database/database.ts";
import { toSearchTerms } from "../../src/stores/sqlite/rows/index-entries.ts";

const formerGramsPerMessage = 4_096;
/** Stood for all grams of a text that had more. */
const overflowGram = "  ";

export function formerGramsOf(text: string): string[] {
  const grams = new Set<string>();
  for (const word of text.normalize("NFC").toLowerCase().normalize("NFC").split(/\s+/u)) {
    let previous = "";
    for (const character of word) {
      grams.add(character);
      if (previous) grams.add(previous + character);
      previous = character;
      if (grams.size > formerGramsPerMessage) return [overflowGram];
    }
  }
  return [...grams];
}

/** Makes of a file what the version before would have made of the same events. */
export async function makeFormerFile(path: string): Promise<void> {
  const database = Database.open(path);
  await database.write(async () => {
    const found = database.statements.all<{ number: number; frame: string }>(
      "select number, frame from messages where number in (select rowid from search)",
    );
    for (const { number, frame } of found) {
      const { message } = JSON.parse(frame) as { message: string };
      const terms = toSearchTerms(formerGramsOf(message));
      database.statements.run("delete from search where rowid = ?", number);
      database.statements.run("insert into search (rowid, grams) values (?, ?)", number, terms);
    }
    database.statements.run("drop table search_index");
    database.statements.run("alter table members drop column acted");
    database.statements.run("pragma user_version = 1");
  });
  await database.close();
}

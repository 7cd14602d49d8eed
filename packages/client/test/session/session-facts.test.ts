import type { LogEvent, ReadMark } from "@natter/protocol/plain";
import { expect, test } from "vitest";
import type { HttpClient } from "../../src/http/http-client.ts";
import { SessionFacts } from "../../src/session/session-facts.ts";

const ann = { id: "ann", name: "Ann" };
const order = ["first", "second", "third"];

const changed = (): void => undefined;

/** Facts whose details are on their way until `arrive` is called. */
function loading(): { facts: SessionFacts; arrive: (readMarks: ReadMark[]) => Promise<void> } {
  const answer = Promise.withResolvers<unknown>();
  const http = { json: () => answer.promise } as unknown as HttpClient;
  const facts = new SessionFacts(http, "s", changed, (id) => order.indexOf(id));
  const loaded = facts.load(false);
  const arrive = async (readMarks: ReadMark[]): Promise<void> => {
    answer.resolve({ title: "Title", readMarks });
    await loaded;
  };
  return { facts, arrive };
}

const read = (messageId: string): LogEvent => ({
  type: "read_receipt",
  id: `read-${messageId}`,
  user: ann,
  sentAt: "2026-01-01T00:00:00.000Z",
  messageId,
});
const mark = (messageId: string): ReadMark => ({ user: ann, messageId });

test.each([
  ["third", "second", "third"],
  ["first", "second", "second"],
  // Of messages that are not here the later word counts.
  ["older", "second", "older"],
  ["first", "older", "first"],
])("of a mark at the %s that came live and one at the %s that was loaded the %s stays", async (...of) => {
  const [live, stored, shown] = of;
  const { facts, arrive } = loading();
  facts.apply(read(live));
  expect(facts.readMarks).toEqual({ ann: mark(live) });
  await arrive([mark(stored)]);
  expect(facts.readMarks).toEqual({ ann: mark(shown) });
  expect(facts.details).toEqual({ title: "Title" });
});

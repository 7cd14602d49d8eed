/** People who talk while their connections break all the time: nothing is lost, doubled, or out of order. */
import { startNatter, waitFor, type TestNatter } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createClient, type Session } from "../../src/index.ts";
import { FrontDoor } from "../support/front-door.ts";

const people = ["ann", "bob", "cho"];
const messagesEach = 40;

let natter: TestNatter;

beforeAll(async () => {
  natter = await startNatter({ gateways: 2 });
});
afterAll(async () => natter[Symbol.asyncDispose]());

test.each(["websocket", "events"] as const)(
  "over %s",
  async (transport) => {
    const [one = "", two = ""] = natter.urls;
    await using door = await FrontDoor.open(one);
    const clients = people.map((name) => createClient({ url: door.url, name, transport, pageMessages: 100 }));
    const sessions = clients.map((client) => client.session(`unrest-${transport}`));
    for (const session of sessions) session.open();
    let round = 0;
    const breaking = setInterval(() => {
      door.leadTo(round++ % 2 === 0 ? two : one);
      door.breakAll();
      // Nobody has to wait for the back-off here.
      for (const session of sessions) setTimeout(() => session.reconnectNow(), 20);
    }, 80);
    const sent = sessions.map(async (session, person) => {
      const acks = [];
      for (let number = 1; number <= messagesEach; number++) {
        acks.push(session.send(`/rate 0 /echo ${people[person]} ${number}`));
        if (number % 5 === 0) await Promise.all(acks);
      }
      return Promise.all(acks);
    });
    const acks = await Promise.all(sent);
    clearInterval(breaking);
    expect(round).toBeGreaterThanOrEqual(3);
    const whole = people.length * messagesEach * 2;
    for (const session of sessions) {
      session.reconnectNow();
      await waitFor(
        () => session.getSnapshot().keys.length === whole && session.getSnapshot().running.length === 0,
        {
          what: "every message and every answer",
          timeoutMs: 30_000,
        },
      );
    }
    const [first = [], ...others] = sessions.map(said);
    for (const other of others) expect(other).toEqual(first);
    const late = clients[0]?.session(`unrest-${transport}`);
    expect(late?.getSnapshot().outbox).toEqual({ waiting: 0, failed: 0 });
    for (const [person, name] of people.entries()) {
      const own = first.filter((text) => text.startsWith(`/rate 0 /echo ${name} `));
      expect(own).toEqual(
        Array.from({ length: messagesEach }, (_, index) => `/rate 0 /echo ${name} ${index + 1}`),
      );
      const seqs = acks[person]?.map(({ seq }) => seq) ?? [];
      expect(seqs).toEqual(seqs.toSorted((left, right) => left - right));
    }
    const questions = first.filter((_text, index) => index % 2 === 0);
    const answers = first.filter((_text, index) => index % 2 === 1);
    expect(answers.map((text) => `/rate 0 /echo ${text}`)).toEqual(questions);
    for (const client of clients) client.close();
  },
  120_000,
);

function said(session: Session): string[] {
  return session.getSnapshot().keys.map((key) => session.getMessage(key)?.text ?? "");
}

/** One guest does their worst; another one must not feel it. */
import { randomUUID } from "node:crypto";
import { RudeGuest, rudeQuery } from "../clients/rude-guest.ts";
import { Probe } from "../clients/probe.ts";
import type { Scenario } from "../scenario.ts";
import { waitUntil, type Stage } from "../stage.ts";

const attackMs = 20_000;

/** All of it by one guest, in a new session, at one gateway. */
async function withGuest(
  stage: Stage,
  work: (guest: RudeGuest, sessionId: string) => Promise<void>,
): Promise<void> {
  const sessionId = stage.sessionIdOf(`rude-${randomUUID().slice(0, 8)}`);
  const guest = await RudeGuest.connect(stage.cluster.addresses[0] ?? "", sessionId);
  await work(guest, sessionId);
  guest.close();
}

/** Sends `count` frames as fast as they are answered, at most 500 ahead. */
async function flood(guest: RudeGuest, count: number, frameOf: (number: number) => object): Promise<void> {
  const before = guest.answers;
  for (let number = 0; number < count; number++) {
    guest.send(frameOf(number));
    if (number % 100 === 99) await waitUntil(() => guest.answers > before + number - 500, attackMs);
  }
  await waitUntil(() => guest.answers >= before + count, attackMs);
}

const abuses: readonly { id: string; title: string; worst: (stage: Stage) => Promise<void> }[] = [
  {
    id: "A1",
    title: "2,000 prompts and 2,000 stops of what does not exist, in one session",
    worst: (stage) =>
      withGuest(stage, async (guest) => {
        guest.send({ type: "message", message: "/wait 20000" });
        await flood(guest, 2_000, () => ({ type: "message", message: "x" }));
        await flood(guest, 2_000, (number) => ({ type: "stop", messageId: `unknown-${number}` }));
      }),
  },
  {
    id: "A2",
    title: "4,600 reactions to one message, and its page read again and again",
    worst: (stage) =>
      withGuest(stage, async (guest, sessionId) => {
        await flood(guest, 1, () => ({ type: "message", message: "/rate 0 /echo hi" }));
        const messageId = guest.lastMessageId;
        await flood(guest, 4_600, (number) => ({
          type: "reaction",
          messageId,
          emoji: emojiOf(number),
          on: true,
        }));
        for (let times = 0; times < 20; times++) await ask(stage, `/api/sessions/${sessionId}/messages`);
      }),
  },
  {
    id: "A3",
    title: "200 long messages, and 40 searches at a time that look at all of them",
    async worst(stage) {
      // The pieces of "abc", and nowhere the word.
      const text = Array.from({ length: 6_000 }, (_, number) => `ab bc ${number}`).join(" ");
      const long = `/empty ${text.slice(0, 60_000)}`;
      for (let session = 0; session < 10; session++)
        await withGuest(stage, (guest) => flood(guest, 20, () => ({ type: "message", message: long })));
      for (let round = 0; round < 10; round++)
        await Promise.all(Array.from({ length: 40 }, () => ask(stage, `/api/search?q=abc&${rudeQuery}`)));
    },
  },
  {
    id: "A4",
    title: "100 readers in one session, who come back under other names, and type",
    worst: (stage) =>
      withGuest(stage, async (guest, sessionId) => {
        const [address = ""] = stage.cluster.addresses;
        await flood(guest, 18, (number) => ({
          type: "message",
          message: `/empty ${number} ${"x".repeat(20_000)}`,
        }));
        for (let round = 0; round < 4; round++) {
          const readers = await Promise.all(
            Array.from({ length: 25 }, (_, number) =>
              RudeGuest.connect(address, sessionId, `name=Reader-${round}-${number}&since=0-0.0`),
            ),
          );
          for (let number = 0; number < 500; number++)
            guest.send({ type: "typing", isTyping: number % 2 === 0 });
          await stage.pause(1_000);
          for (const reader of readers) reader.close();
        }
      }),
  },
  {
    id: "A5",
    title: "frames that are none, as many as a socket takes, on one socket after another",
    worst: async (stage) => {
      for (let times = 0; times < 100; times++)
        await withGuest(stage, async (guest) => {
          for (let number = 0; number < 19; number++)
            guest.socket.send(`{"type":"message","message":${number}}`);
          await waitUntil(() => guest.answers >= 19, 2_000);
        });
    },
  },
];

export const abuse: readonly Scenario[] = abuses.map(({ id, title, worst }) => ({
  id,
  title,
  run: (stage) => new Probe(stage).during(() => worst(stage)),
}));

/** Some 3,600 that a keyboard has, and then again. */
function emojiOf(number: number): string {
  return String.fromCodePoint(0x1f300 + (number % 0x300));
}

async function ask(stage: Stage, path: string): Promise<void> {
  const [address = ""] = stage.cluster.addresses;
  const response = await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(attackMs) }).catch(
    () => undefined,
  );
  await response?.text().catch(() => undefined);
}

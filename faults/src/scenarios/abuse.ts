/** One guest does their worst; another one must not feel it. */
import { randomUUID, randomUUIDv7 } from "node:crypto";
import { RudeGuest, rudeQuery } from "../clients/rude-guest.ts";
import { Probe } from "../load/probe.ts";
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

/** Sends `count` frames as fast as they are answered, at most 500 ahead, and each of them so many times. */
async function flood(
  guest: RudeGuest,
  count: number,
  frameOf: (number: number) => object,
  times = 1,
): Promise<void> {
  const before = guest.answers;
  for (let number = 0; number < count; number++) {
    const frame = { id: randomUUIDv7(), ...frameOf(number) };
    for (let time = 0; time < times; time++) guest.send(frame);
    const answers = before + times * (number - 500);
    if (number % 100 === 99) await waitUntil(() => guest.answers > answers, attackMs);
  }
  await waitUntil(() => guest.answers >= before + times * count, attackMs);
}

const longTexts = 18;

/** They come back to where nothing was said yet. Without a replay each the row would show nothing. */
async function sendReplays(stage: Stage, sessionId: string, cursor: string, round: number): Promise<void> {
  const [address = ""] = stage.cluster.addresses;
  const readers = await Promise.all(
    Array.from({ length: 25 }, (_, number) =>
      RudeGuest.connect(address, sessionId, `name=Reader-${round}-${number}&since=${cursor}`),
    ),
  );
  await waitUntil(() => readers.every(({ messages }) => messages >= longTexts), attackMs);
  for (const reader of readers) reader.close();
  const replayed = readers.filter(({ isRecovered, messages }) => isRecovered && messages >= longTexts);
  if (replayed.length < readers.length)
    throw new Error(`only ${replayed.length} of ${readers.length} readers were sent what they missed`);
}

const abuses: readonly { id: string; title: string; worst: (stage: Stage) => Promise<void> }[] = [
  {
    id: "A1",
    title: "2,000 prompts and 2,000 stops of what does not exist, in one session, each frame sent twice",
    worst: (stage) =>
      withGuest(stage, async (guest) => {
        guest.send({ type: "message", message: "/wait 20000" });
        await flood(guest, 2_000, () => ({ type: "message", message: "x" }), 2);
        await flood(guest, 2_000, (number) => ({ type: "stop", messageId: `unknown-${number}` }), 2);
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
        const { cursor } = guest;
        await flood(guest, longTexts, (number) => ({
          type: "message",
          message: `/empty ${number} ${"x".repeat(20_000)}`,
        }));
        for (let round = 0; round < 4; round++) {
          const replays = sendReplays(stage, sessionId, cursor, round);
          for (let number = 0; number < 500; number++)
            guest.send({ type: "typing", isTyping: number % 2 === 0 });
          await replays;
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
  {
    id: "A6",
    title: "20 readers who take nothing while one message gets 250 long texts",
    worst: (stage) =>
      withGuest(stage, async (guest, sessionId) => {
        const [address = ""] = stage.cluster.addresses;
        const readers = await Promise.all(
          Array.from({ length: 20 }, (_, number) =>
            RudeGuest.connect(address, sessionId, `name=Deaf-${number}`),
          ),
        );
        for (const { socket } of readers) socket.pause();
        await flood(guest, 1, () => ({ type: "message", message: "/empty" }));
        const messageId = guest.lastMessageId;
        // More than the system holds for a reader, and so more than the gateway may.
        await flood(guest, 250, (number) => ({
          type: "edit",
          messageId,
          message: `${number} ${"x".repeat(50_000)}`,
        }));
        // What each hears now is the end that the gateway made long ago. One by one: the probe is in this process, too.
        let open = 0;
        for (const reader of readers) {
          reader.socket.resume();
          await waitUntil(() => !reader.isOpen, attackMs / 4);
          if (reader.isOpen) open++;
        }
        for (const reader of readers) reader.close();
        if (open > 0) throw new Error(`${open} readers who took nothing were kept`);
      }),
  },
];

export const abuse: readonly Scenario[] = abuses.map(({ id, title, worst }) => ({
  id,
  title,
  run: (stage) => new Probe(stage).during(() => worst(stage)),
}));

const tones = ["", "\ufe0f", "\u{1f3fb}", "\u{1f3fc}", "\u{1f3fd}", "\u{1f3fe}", "\u{1f3ff}"];
/** All that are one character, as it is or in another tone: about 2,000. */
const emojis = Array.from({ length: 0x1fb00 - 0xa9 }, (_, index) => String.fromCodePoint(0xa9 + index))
  .filter((character) => /\p{Emoji}/u.test(character))
  .flatMap((character) => tones.map((tone) => character + tone))
  .filter((text) => /^\p{RGI_Emoji}$/v.test(text));

/** One after another, and then again. */
function emojiOf(number: number): string {
  return emojis[number % emojis.length] ?? "";
}

async function ask(stage: Stage, path: string): Promise<void> {
  const [address = ""] = stage.cluster.addresses;
  const response = await fetch(`http://${address}${path}`, { signal: AbortSignal.timeout(attackMs) }).catch(
    () => undefined,
  );
  await response?.text().catch(() => undefined);
}

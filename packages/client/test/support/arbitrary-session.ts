/** Sessions that never were: what everybody would have seen of them, frame by frame. */
import type { ServerFrame } from "@natter/protocol";
import * as fc from "fast-check";
import { FakeSession, type FakeReply } from "../../src/testing.ts";

const people = [
  { id: "ann", name: "Ann" },
  { id: "bob", name: "Bob" },
];

export const epoch = "1700000000000-0";

type Step =
  | {
      readonly kind: "say" | "edit" | "delete" | "regenerate" | "stop" | "react";
      who: number;
      which: number;
      flag: boolean;
    }
  | {
      readonly kind: "start" | "write" | "think" | "restart" | "end" | "fail";
      who: number;
      which: number;
      flag: boolean;
    };

const kinds = [
  "say",
  "edit",
  "delete",
  "regenerate",
  "stop",
  "react",
  "start",
  "start",
  "write",
  "write",
  "write",
  "write",
  "write",
  "think",
  "think",
  "restart",
  "end",
  "fail",
] as const;

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds),
  who: fc.nat(1),
  which: fc.nat(20),
  flag: fc.boolean(),
});

/** All frames of a session, in the order in which a gateway sends them. */
export const sessions: fc.Arbitrary<readonly ServerFrame[]> = fc
  .array(step, { minLength: 1, maxLength: 40, size: "max" })
  .map((steps) => {
    const stage = new Stage();
    for (const each of steps) stage.play(each);
    return stage.frames;
  });

class Stage {
  readonly frames: ServerFrame[] = [];
  readonly #session = new FakeSession("stage", { epoch, answer: () => undefined, liveDelayMs: undefined });
  readonly #messages: { id: string; who: number }[] = [];
  /** Prompts wait for their turn, as in natter. */
  readonly #prompts: { messageId: string; promptId: string }[] = [];
  #reply: FakeReply | undefined;
  #count = 0;

  constructor() {
    this.#session.join((frame) => this.frames.push(frame), { id: "eve", name: "Eve" }, {});
  }

  play({ kind, who, which, flag }: Step): void {
    const user = people[who] ?? { id: "", name: "" };
    const target = this.#messages[which % Math.max(1, this.#messages.length)];
    if (kind === "say") {
      const id = this.#session.say(`text ${++this.#count}`, user);
      this.#messages.push({ id, who });
      this.#prompts.push({ messageId: id, promptId: id });
    } else if (["start", "write", "think", "restart", "end", "fail"].includes(kind)) this.#answer(kind, flag);
    else if (target) this.#change(kind, { messageId: target.id, flag, user: people[target.who] ?? user });
  }

  #answer(kind: string, flag: boolean): void {
    const reply = this.#reply?.isRunning === true ? this.#reply : undefined;
    if (kind === "start" && !reply) {
      const prompt = this.#prompts.shift();
      if (prompt) this.#reply = this.#session.startAnswer(prompt.messageId, prompt.promptId);
    } else if (kind === "write") reply?.write(`w${++this.#count} `);
    else if (kind === "think") reply?.think(`t${++this.#count} `, { takesText: flag });
    else if (kind === "restart") reply?.restart();
    else if (kind === "end") reply?.end();
    else if (kind === "fail") reply?.fail("provider");
  }

  #change(
    kind: string,
    { messageId, flag, user }: { messageId: string; flag: boolean; user: { id: string; name: string } },
  ): void {
    const promptId = `event${String(this.#session.log.length + 1).padStart(19, "0")}`;
    if (kind === "edit") {
      this.#session.take({ type: "edit", messageId, message: `edit ${++this.#count}`, reply: flag }, user);
      if (flag) this.#prompts.push({ messageId, promptId });
    } else if (kind === "regenerate") {
      this.#session.take({ type: "regenerate", messageId }, user);
      this.#prompts.push({ messageId, promptId });
    } else if (kind === "delete") this.#session.take({ type: "delete", messageId }, user);
    else if (kind === "stop") this.#session.take({ type: "stop", messageId }, user);
    else if (kind === "react")
      this.#session.take({ type: "reaction", messageId, emoji: "🎉", on: flag }, user);
  }
}

/** The same frames in another order, some of them more than once. */
export function mixed<T>(frames: readonly T[]): fc.Arbitrary<readonly T[]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...frames], { minLength: frames.length, maxLength: frames.length }),
      fc.subarray([...frames]),
    )
    .chain(([all, again]) =>
      fc.shuffledSubarray([...all, ...again], { minLength: all.length + again.length }),
    );
}

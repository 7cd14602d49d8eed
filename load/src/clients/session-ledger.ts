import type { ServerFrameOf } from "@natter/protocol";
import type { Tally } from "../measuring/tally.ts";
import { readBack, type ReadBack } from "./history.ts";

/** A message that was acknowledged, until history has shown it. */
interface Acked {
  readonly text: string;
  /** What the model has to say to it; `undefined` if nobody knows. */
  readonly wanted: string | undefined;
  readonly intendedAtMs: number;
  /** The reply as it ended. */
  answer: string | undefined;
}

/** As many acknowledged messages are kept before history is read, so that a long run stays small. */
const maxKept = 400;

/** What was acknowledged in one session. It has to be in history: once, with its text, and with its reply. */
export class SessionLedger {
  readonly #sessionId: string;
  readonly #url: string;
  readonly #tally: Tally;
  readonly #acked = new Map<string, Acked>();
  /** Replies that ended before the ack of their message was seen, by the message. */
  readonly #early = new Map<string, ServerFrameOf<"ai_complete">>();
  readonly #ended = new Set<string>();
  #isReading = false;

  constructor(session: { id: string; url: string }, tally: Tally) {
    this.#sessionId = session.id;
    this.#url = session.url;
    this.#tally = tally;
  }

  /** Messages that wait for their reply. */
  get open(): number {
    return [...this.#acked.values()].filter(({ answer }) => answer === undefined).length;
  }

  onAck(messageId: string, message: Omit<Acked, "answer">): void {
    this.#tally.add("acked");
    this.#acked.set(messageId, { ...message, answer: undefined });
    const early = this.#early.get(messageId);
    if (early) this.#end(early);
    this.#early.delete(messageId);
  }

  /** @param frame may come to each socket of the session; it counts once */
  onComplete(frame: ServerFrameOf<"ai_complete">): void {
    if (this.#ended.has(frame.messageId)) return;
    if (this.#acked.has(frame.messageId)) this.#end(frame);
    else this.#early.set(frame.messageId, frame);
  }

  #end(frame: ServerFrameOf<"ai_complete">): void {
    const { messageId, message, attempt, finishReason } = frame;
    const acked = this.#acked.get(messageId);
    if (!acked) return;
    acked.answer = message;
    this.#ended.add(messageId);
    this.#tally.add("replies");
    this.#tally.time("reply", performance.now() - acked.intendedAtMs);
    if (attempt > 1) this.#tally.blame("restarted", `the reply to ${messageId} is attempt ${attempt}`);
    if (finishReason !== "stop" && finishReason !== "length")
      this.#tally.blame("cut", `the reply to ${messageId} ended with ${frame.error?.code ?? finishReason}`);
    else if (acked.wanted !== undefined && message !== acked.wanted)
      this.#tally.blame("unequal", `the reply to ${messageId} is not what the model was told to say`);
    if (this.#ended.size >= maxKept) void this.verify();
  }

  /** Reads history back until it has shown all that was acknowledged. */
  async verify(): Promise<void> {
    if (this.#isReading || this.#acked.size === 0) return;
    this.#isReading = true;
    try {
      const wanted = [...this.#acked].filter(([, { answer }]) => answer !== undefined);
      const found = await this.#read();
      for (const [messageId, acked] of wanted) this.#check(messageId, acked, found);
      for (const [messageId] of wanted) {
        this.#acked.delete(messageId);
        this.#ended.delete(messageId);
      }
    } finally {
      this.#isReading = false;
    }
  }

  /** At the end of the run, when nothing is on its way any more. */
  async close(): Promise<void> {
    await this.verify();
    if (this.#acked.size === 0) return;
    const found = await this.#read();
    for (const [messageId, { text }] of this.#acked) {
      this.#checkMessage(messageId, text, found);
      // A socket whose cursor was too old did not get it live.
      if (found.answers.has(messageId)) this.#tally.add("replies");
      else this.#tally.blame("unanswered", `${messageId} in ${this.#sessionId}`);
    }
    this.#acked.clear();
  }

  async #read(): Promise<ReadBack> {
    return readBack({ url: this.#url, sessionId: this.#sessionId }, new Set(this.#acked.keys()));
  }

  #check(messageId: string, { text, answer }: Acked, found: ReadBack): void {
    this.#checkMessage(messageId, text, found);
    const answers = found.answers.get(messageId) ?? [];
    if (answers.length === 0) this.#tally.blame("lost", `the reply to ${messageId} is not in history`);
    if (answers.length > 1) this.#tally.blame("duplicated", `history has two replies to ${messageId}`);
    if (answers.length > 0 && answers[0] !== answer)
      this.#tally.blame("unequal", `the reply to ${messageId} is another one in history`);
  }

  #checkMessage(messageId: string, text: string, found: ReadBack): void {
    const texts = found.messages.get(messageId) ?? [];
    if (texts.length === 0) this.#tally.blame("lost", `${messageId} is not in history`);
    if (texts.length > 1 || (found.timesByText.get(text) ?? 0) > 1)
      this.#tally.blame("duplicated", `history has ${messageId} twice`);
    if (texts.length > 0 && texts[0] !== text)
      this.#tally.blame("unequal", `${messageId} has another text in history`);
  }
}

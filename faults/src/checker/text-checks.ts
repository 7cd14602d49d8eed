/** Whether what each client was shown of a reply is what its end says. */
import type { ServerFrame, ServerFrameOf } from "@natter/protocol";
import type { Disturbance, Journal, SessionEvidence, Violation } from "./evidence.ts";
import { brief } from "./history-checks.ts";
import { isOnTheWay, type MissedText } from "./missed-text.ts";

export interface TextCounts {
  /** Readers that saw a whole reply word by word. */
  whole: number;
  /** Readers that saw less than the end says, because the wait for late chunks ran out. */
  prefixes: number;
}

interface Shown {
  attempt: number;
  n: number;
  text: string;
  /** On which connection it was last told; on a later one it may have missed words. */
  connection: number;
  /** When the last of it was told. */
  atMs: number;
}

/** What may explain that words were not shown. */
export interface Excuses {
  readonly disturbances: readonly Disturbance[];
  readonly missedText: readonly MissedText[];
}

export function checkTexts(
  { sessionId, journals }: SessionEvidence,
  excuses: Excuses,
  counts: TextCounts,
): Violation[] {
  return journals.flatMap((journal) =>
    new TextWalk(journal, excuses, counts).run().map((violation) => ({ ...violation, sessionId })),
  );
}

/** Between the making of an end and its being in the log. */
const clockSlackMs = 500;
/** Between the loss of a word and the showing of the one before it, or the question that a reader's coming asks. */
const onTheWayMs = 1_500;

/** Shows text as docs/protocol.md tells a client to, and says where that would show something wrong. */
class TextWalk {
  readonly #journal: Journal;
  readonly #excuses: Excuses;
  readonly #counts: TextCounts;
  readonly #shown = new Map<string, Shown>();
  readonly #ended = new Set<string>();
  readonly #violations: Violation[] = [];
  #connection = 0;
  #nowMs = 0;
  /** Of the current connection. */
  #beganMs = 0;

  constructor(journal: Journal, excuses: Excuses, counts: TextCounts) {
    this.#journal = journal;
    this.#excuses = excuses;
    this.#counts = counts;
  }

  run(): Violation[] {
    for (const entry of this.#journal.entries) {
      this.#nowMs = entry.at;
      if (entry.kind === "opened") this.#connection++;
      else if (entry.kind === "got") this.#take(entry.frame);
    }
    return this.#violations;
  }

  #take(frame: ServerFrame): void {
    if (frame.type === "connection") {
      this.#beganMs = this.#nowMs;
      for (const text of frame.replies) this.#onText(text);
    } else if (frame.type === "ai_start") this.#onStart(frame);
    else if (frame.type === "ai_chunk") this.#onChunk(frame);
    else if (frame.type === "ai_text") this.#onText(frame);
    else if (frame.type === "ai_complete") this.#onComplete(frame);
  }

  #onStart({ id, attempt }: ServerFrameOf<"ai_start">): void {
    if (this.#isOver(id, `attempt ${attempt} begins`)) return;
    const shown = this.#shown.get(id);
    if (shown && attempt < shown.attempt)
      return this.#say("mixed attempts", id, `attempt ${attempt} begins after ${shown.attempt}`);
    // A connection may know of an attempt before its ai_start is replayed.
    if (shown?.attempt === attempt) return;
    this.#show(id, { attempt, n: -1, text: "" });
  }

  #onChunk({ id, attempt, n, from = n, part, takesText, chunk }: ServerFrameOf<"ai_chunk">): void {
    if (this.#isOver(id, `chunk ${n}`)) return;
    const shown = this.#shown.get(id);
    if (!shown) return this.#say("text differs", id, `chunk ${n} of attempt ${attempt}, which never began`);
    if (attempt < shown.attempt)
      return this.#say("mixed attempts", id, `chunk ${n} of attempt ${attempt} in attempt ${shown.attempt}`);
    if (attempt > shown.attempt)
      return this.#say("text differs", id, `chunk ${n} of attempt ${attempt}, which never began`);
    if (n <= shown.n) return;
    if (from !== shown.n + 1)
      this.#say("text differs", id, `chunk ${from} of attempt ${attempt} follows on ${shown.n}`);
    const before = takesText ? "" : shown.text;
    this.#show(id, { attempt, n, text: before + (part === undefined ? chunk : "") });
  }

  #onText({ id, attempt, n, text }: ServerFrameOf<"ai_text">): void {
    if (this.#isOver(id, "a text")) return;
    const shown = this.#shown.get(id);
    if (shown && attempt < shown.attempt)
      return this.#say("mixed attempts", id, `the text of attempt ${attempt} in attempt ${shown.attempt}`);
    this.#show(id, { attempt, n, text });
  }

  #onComplete(end: ServerFrameOf<"ai_complete">): void {
    const { id, attempt, chunks, message } = end;
    const shown = this.#shown.get(id);
    this.#shown.delete(id);
    this.#ended.add(id);
    // An end without an attempt takes back what was said; of another attempt than the last nothing was shown.
    if (!shown || attempt === 0) return;
    if (attempt < shown.attempt)
      return this.#say("mixed attempts", id, `attempt ${attempt} ends, but ${shown.attempt} was shown`);
    if (attempt > shown.attempt) return this.#say("hole", id, `attempt ${attempt} ends and never began`);
    const isWhole = shown.n + 1 === chunks;
    // Where only the end of a thought was said, what was shown before it was the thought.
    const begins = message.startsWith(shown.text) || end.reasoning?.startsWith(shown.text) === true;
    if (isWhole ? shown.text === message : begins && shown.n + 1 < chunks)
      return this.#count(isWhole, shown, end);
    const what = `"${brief(shown.text)}" (${shown.n + 1} of ${chunks}) shown, the end says "${brief(message)}"`;
    this.#say("text differs", id, what);
  }

  /**
   * A beginning is accepted only where a gateway says that it waited for the rest in vain, or that it could not tell
   * this reader, and only if on the way of the words that are missing something was broken when they were said.
   */
  #count(isWhole: boolean, shown: Shown, { id, attempt, sentAt }: ServerFrameOf<"ai_complete">): void {
    if (isWhole) {
      this.#counts.whole++;
      return;
    }
    // Who came back after the end sees the end, and not the words before it.
    const isReplayed = Date.parse(sentAt) < this.#beganMs + clockSlackMs;
    if (isReplayed) return;
    this.#counts.prefixes++;
    const { disturbances, missedText } = this.#excuses;
    const lost = missedText.filter(
      (words) =>
        words.replyId === id &&
        words.attempt === attempt &&
        // Who has less than the gateway had was denied words by the gateway.
        (words.said === undefined || words.said <= shown.n + 1),
    );
    if (lost.length === 0)
      return this.#say("cut short", id, `${shown.n + 1} chunks were shown, and no gateway missed the rest`);
    const isSame = shown.connection === this.#connection;
    const sinceMs = (isSame ? shown.atMs : this.#beganMs) - onTheWayMs;
    const isExcused = disturbances.some(
      (disturbance) =>
        disturbance.fromMs <= this.#nowMs &&
        disturbance.toMs >= sinceMs &&
        lost.some((words) => isOnTheWay(disturbance, words)),
    );
    if (!isExcused)
      this.#say("cut short", id, `${shown.n + 1} chunks were shown, and nothing was broken on the way`);
  }

  #isOver(id: string, what: string): boolean {
    if (this.#ended.has(id)) this.#say("mixed attempts", id, `${what} after the end`);
    return this.#ended.has(id);
  }

  #show(id: string, told: { attempt: number; n: number; text: string }): void {
    this.#shown.set(id, { ...told, connection: this.#connection, atMs: this.#nowMs });
  }

  #say(kind: Violation["kind"], id: string, detail: string): void {
    this.#violations.push({ kind, client: this.#journal.client, ids: [id], detail });
  }
}

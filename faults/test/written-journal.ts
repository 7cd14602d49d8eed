import type { PageMessage, ServerFrame, ServerFrameOf } from "@natter/protocol";
import type { Entry, Evidence, HistoryRead, Journal } from "../src/checker/evidence.ts";

const user = { id: "guest-ann", name: "ann" };
const sentAt = "2026-01-01T00:00:00.000Z";
const epoch = "1767225600000-0";

/** The client id of the n-th intent. */
export const clientIdOf = (n: number): string => `019b76da-a400-7c3e-8f00-${String(n).padStart(12, "0")}`;
/** The id of the event of the n-th intent. */
export const eventIdOf = (n: number): string => `event-${n}`.padEnd(24, "0");
export const replyOf = (n: number): string => `${eventIdOf(n)}.${eventIdOf(n)}`;

type Place = { seq: number; prev: number };

export function message(n: number, place: Place, text = `/echo ${n}`): ServerFrameOf<"message"> {
  const id = eventIdOf(n);
  return {
    type: "message",
    id,
    user,
    sentAt,
    clientId: clientIdOf(n),
    message: text,
    is_user: true,
    ...place,
  };
}

export function start(n: number, place: Place, attempt = 1): ServerFrameOf<"ai_start"> {
  const prompt = { promptId: eventIdOf(n), messageId: eventIdOf(n) };
  return {
    type: "ai_start",
    id: replyOf(n),
    user,
    sentAt,
    ...prompt,
    attempt,
    claim: `c${attempt}`,
    model: "demo",
    ...place,
  };
}

export function complete(
  n: number,
  place: Place,
  own: Partial<ServerFrameOf<"ai_complete">> = {},
): ServerFrameOf<"ai_complete"> {
  const prompt = { promptId: eventIdOf(n), messageId: eventIdOf(n) };
  return {
    type: "ai_complete",
    id: replyOf(n),
    user,
    sentAt,
    ...prompt,
    attempt: 1,
    chunks: 1,
    message: String(n),
    finishReason: "stop",
    model: "demo",
    ...place,
    ...own,
  };
}

export function edited(n: number, of: number, place: Place, text: string): ServerFrameOf<"message_edited"> {
  const id = eventIdOf(n);
  return {
    type: "message_edited",
    id,
    user,
    sentAt,
    clientId: clientIdOf(n),
    messageId: eventIdOf(of),
    message: text,
    ...place,
  };
}

/** The title that the model gives. */
export function titled(place: Place): ServerFrameOf<"session_updated"> {
  const ai = { id: "ai", name: "AI" };
  return { type: "session_updated", id: eventIdOf(0), user: ai, sentAt, title: "Title", ...place };
}

export function chunk(
  n: number,
  text: string,
  own: { attempt?: number; n?: number } = {},
): ServerFrameOf<"ai_chunk"> {
  return { type: "ai_chunk", id: replyOf(n), attempt: 1, n: 0, chunk: text, ...own };
}

export function connection(
  seq: number,
  own: { recovered?: boolean; replies?: ServerFrameOf<"ai_text">[] } = {},
): ServerFrameOf<"connection"> {
  return {
    type: "connection",
    message: "connected",
    sessionId: "s",
    user,
    users: [user],
    cursor: `${epoch}.${seq}`,
    recovered: false,
    replies: [],
    limits: { frameBytes: 65_536, pendingFrames: 64 },
    heartbeatMs: 25_000,
    ...own,
  };
}

/** Writes the log of one client by hand. */
export class WrittenJournal implements Journal {
  readonly client: string;
  readonly entries: Entry[] = [];

  constructor(client = "ann") {
    this.client = client;
  }

  opens(since?: number): this {
    const cursor = since === undefined ? {} : { since: `${epoch}.${since}` };
    return this.#add({ at: this.#now, kind: "opened", gateway: "gateway-1", ...cursor });
  }

  /** Opens a socket and is told where it begins. */
  joins(seq: number): this {
    return this.opens().got(connection(seq));
  }

  /** Comes back with its cursor. */
  comesBack(since: number, replies: ServerFrameOf<"ai_text">[] = []): this {
    return this.closes()
      .opens(since)
      .got(connection(since, { recovered: true, replies }));
  }

  closes(): this {
    return this.#add({ at: this.#now, kind: "closed", code: 1006 });
  }

  says(n: number, text = `/echo ${n}`): this {
    const frame = { type: "message", id: clientIdOf(n), message: text } as const;
    return this.#add({ at: this.#now, kind: "sent", frame });
  }

  edits(n: number, of: number, text: string): this {
    const frame = { type: "edit", id: clientIdOf(n), messageId: eventIdOf(of), message: text } as const;
    return this.#add({ at: this.#now, kind: "sent", frame });
  }

  acked(n: number, seq: number, messageId = eventIdOf(n)): this {
    return this.got({ type: "ack", id: clientIdOf(n), messageId, seq });
  }

  got(...frames: readonly ServerFrame[]): this {
    for (const frame of frames) this.#add({ at: this.#now, kind: "got", frame });
    return this;
  }

  get #now(): number {
    return this.entries.length * 10;
  }

  #add(entry: Entry): this {
    this.entries.push(entry);
    return this;
  }
}

export function history(...events: readonly PageMessage[]): HistoryRead {
  const messages: PageMessage[] = events.map(({ prev: _prev, ...kept }) => kept);
  return { gateway: "gateway-1", messages, cursor: `${epoch}.${events.at(-1)?.seq ?? 0}` };
}

export function evidence(
  journals: readonly Journal[],
  histories: readonly HistoryRead[],
  more: Partial<Evidence> = {},
): Evidence {
  return { sessions: [{ sessionId: "s", journals, histories }], disturbances: [], processes: [], ...more };
}

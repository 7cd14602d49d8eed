import { Connection, eventIdOf } from "@natter/session-log";
import { replyIdOf, subjects, type LogEvent, type LogEventOf, type User } from "@natter/protocol";

const atOnce = 200;
const requestMs = 10_000;
const person = { id: "bench-person", name: "Somebody" };
const ai = { id: "ai", name: "AI" };
const quiet = { info: ignore, warn: ignore, error: ignore };

/**
 * Writes long sessions into the log, as fast as the broker stores them. No message asks the model, so no
 * worker wakes up. For all other readers the events are like any others.
 */
export class SessionAuthor implements AsyncDisposable {
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
  }

  static async open(natsUrl: string): Promise<SessionAuthor> {
    return new SessionAuthor(await Connection.open({ url: natsUrl, name: "bench-web", logger: quiet }));
  }

  async write(sessionId: string, messages: number): Promise<void> {
    const events = Array.from({ length: Math.ceil(messages / 2) }, (_, index) => turnOf(sessionId, index));
    const all = events.flat().slice(0, messages);
    for (let from = 0; from < all.length; from += atOnce)
      await Promise.all(all.slice(from, from + atOnce).map(async (event) => this.#append(sessionId, event)));
  }

  /** Writes one message of `user`, which does not ask the model. */
  async writeMessage(sessionId: string, user: User, text: string): Promise<void> {
    const id = eventIdOf({ userId: user.id, sessionId, clientId: text });
    const sentAt = new Date().toISOString();
    await this.#append(sessionId, { type: "message", id, user, sentAt, message: text, is_user: false });
  }

  async #append(sessionId: string, event: LogEvent): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(event));
    const answer = await this.#connection.request(subjects.log(sessionId), bytes, {
      timeoutMs: requestMs,
    });
    const { error } = answer.json<{ error?: { description: string } }>();
    if (error) throw new Error(`the log refused a message: ${error.description}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection.close();
  }
}

function turnOf(sessionId: string, index: number): [LogEventOf<"message">, LogEventOf<"ai_complete">] {
  const id = eventIdOf({ userId: person.id, sessionId, clientId: `turn-${index}` });
  const sentAt = new Date().toISOString();
  return [
    { type: "message", id, user: person, sentAt, message: questionOf(index), is_user: false },
    {
      type: "ai_complete",
      id: replyIdOf(id, id),
      user: ai,
      sentAt,
      promptId: id,
      messageId: id,
      attempt: 1,
      chunks: 40,
      message: answerOf(index),
      finishReason: "stop",
      usage: { promptTokens: 20, completionTokens: 40 },
      model: "demo",
      firstTokenMs: 200,
    },
  ];
}

const sentences = [
  "A session is a conversation, and everything in it has one order.",
  "What was acknowledged is in history, **once**, with that content.",
  "한국어 문장도 있고, `code` 도 있어요.",
  "See [the page](https://example.com/) for more.",
];

function questionOf(index: number): string {
  return `Question ${index}: ${"what about this? ".repeat(1 + (index % 4))}`;
}

/** Texts of several heights. Every fifth has code and a list. */
function answerOf(index: number): string {
  const said = Array.from({ length: 1 + (index % 6) }, (_, at) => sentences[(index + at) % sentences.length]);
  const text = `Answer ${index}. ${said.join(" ")}`;
  if (index % 5 !== 0) return text;
  return `${text}\n\n- one\n- two\n\n\`\`\`ts\nconst answer: number = ${index};\nconsole.log(answer);\n\`\`\``;
}

function ignore(): void {
  // A failure throws, so no log line is needed.
}

import type { PageMessage } from "@natter/protocol";

interface Page {
  readonly messages: readonly PageMessage[];
  readonly hasMore: boolean;
}

/** What pages of history showed. */
export interface ReadBack {
  /** Texts of a message, by its id. More than one: it is there twice. */
  readonly messages: ReadonlyMap<string, readonly string[]>;
  /** Texts of the replies to a message, by the id of the message. */
  readonly answers: ReadonlyMap<string, readonly string[]>;
  /** How many messages have a text. Each text that a run sends is another one. */
  readonly timesByText: ReadonlyMap<string, number>;
}

const pageSize = 100;
const tries = 20;
const retryMs = 500;

/** Reads history from its end back to the earliest of the wanted messages. */
export async function readBack(
  session: { readonly url: string; readonly sessionId: string },
  wanted: ReadonlySet<string>,
): Promise<ReadBack> {
  const messages = new Map<string, string[]>();
  const answers = new Map<string, string[]>();
  const timesByText = new Map<string, number>();
  const missing = new Set(wanted);
  let before = "";
  while (missing.size > 0) {
    const page = await readPage(
      `${session.url}/api/sessions/${session.sessionId}/messages?limit=${pageSize}${before}`,
    );
    for (const message of page.messages) {
      if (message.type === "ai_complete") push(answers, message.messageId, message.message);
      else {
        push(messages, message.id, message.message);
        timesByText.set(message.message, (timesByText.get(message.message) ?? 0) + 1);
        missing.delete(message.id);
      }
    }
    const [first] = page.messages;
    if (!page.hasMore || !first) break;
    before = `&before=${encodeURIComponent(first.id)}`;
  }
  return { messages, answers, timesByText };
}

/** A gateway that is about to stop may refuse; another one answers. */
async function readPage(url: string): Promise<Page> {
  let last: unknown;
  for (let attempt = 0; attempt < tries; attempt++) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      if (answer.ok) return (await answer.json()) as Page;
      last = new Error(`${answer.status} from ${url}`);
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
  throw new Error("history cannot be read", { cause: last });
}

function push(into: Map<string, string[]>, key: string, text: string): void {
  const texts = into.get(key);
  if (texts) texts.push(text);
  else into.set(key, [text]);
}

import { ByteProvider, type ByteAnswer } from "@natter/testing";

export interface Telling {
  /** What it says; nothing if it was not told. */
  readonly textOf: (asked: string) => string | undefined;
  /** So many, of about the same length. */
  readonly pieces: number;
  readonly pauseMs: number;
}

/** A model's provider that says what it was told to, piece by piece. Whatever else it is asked for is a title. */
export async function startToldModel({ textOf, pieces, pauseMs }: Telling): Promise<ByteProvider> {
  const provider = await ByteProvider.start();
  provider.answer = ({ body }): ByteAnswer => {
    const messages = body["messages"] as readonly { readonly content: string }[];
    const text = textOf(messages.at(-1)?.content ?? "") ?? "A title";
    const parts = partsOf(text, Math.max(1, Math.ceil(text.length / pieces)));
    const choices = [
      ...parts.map((content) => ({ delta: { content }, finish_reason: null })),
      { delta: {}, finish_reason: "stop" },
    ];
    const events = choices.map(
      (choice) => `data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\n`,
    );
    return { pieces: [...events, "data: [DONE]\n\n"], pauseMs };
  };
  return provider;
}

/** No part ends within a pair. */
function partsOf(text: string, size: number): string[] {
  const parts: string[] = [];
  for (let start = 0; start < text.length;) {
    const isWithinPair = /[\uDC00-\uDFFF]/.test(text.charAt(start + size));
    const end = isWithinPair ? start + size + 1 : start + size;
    parts.push(text.slice(start, end));
    start = end;
  }
  return parts;
}

/** What the gateway and its workers are told about it. */
export function settingsOf(provider: ByteProvider): Readonly<Record<string, string>> {
  return { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: "key" };
}

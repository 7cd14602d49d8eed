import { ByteProvider, type ByteAnswer } from "@natter/testing";

export interface Script {
  /** The answer to a prompt, if the script has one. */
  readonly textOf: (prompt: string) => string | undefined;
  /** Number of the answer's pieces, which have about the same length. */
  readonly pieces: number;
  readonly pauseMs: number;
}

/** A provider that answers with the texts of a script, piece by piece. It answers any other prompt with a title. */
export async function startScriptedModel({ textOf, pieces, pauseMs }: Script): Promise<ByteProvider> {
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

/** No part ends within a surrogate pair. */
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

/** The settings with which natter uses the provider. */
export function settingsOf(provider: ByteProvider): Readonly<Record<string, string>> {
  return { OPENAI_BASE_URL: provider.url, OPENAI_API_KEY: "key" };
}

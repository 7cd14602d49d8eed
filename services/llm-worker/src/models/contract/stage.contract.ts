/** A provider that writes bytes, a model that asks it, and what was heard: for the suites of the port's contract. */
import { ByteProvider, type ByteAnswer } from "@natter/testing";
import type { Model, ModelEnd, ModelMessage, ModelPart } from "../model.ts";
import { openModel, type ModelOptions } from "../open-model.ts";
import { ModelFailure } from "../provider-failure.ts";

/** How an API writes what the contract is about, as JSON of one event. */
export interface ApiWords {
  readonly api: ModelOptions["api"];
  text(text: string): object;
  reasoning(text: string): object;
  /** The end, and the usage of 3 and 4 tokens. */
  end(reason: "stop" | "length"): readonly object[];
  /** The whole answer as one document. */
  document(text: string): object;
  /** What a request says, read from its body. */
  readonly asked: {
    system(body: Readonly<Record<string, unknown>>): string | undefined;
    turns(body: Readonly<Record<string, unknown>>): readonly { role: string; content: string }[];
    replyTokens(body: Readonly<Record<string, unknown>>): unknown;
  };
}

export interface Heard {
  readonly parts: readonly ModelPart[];
  readonly text: string;
  readonly reasoning: string;
  readonly end: ModelEnd | undefined;
  readonly failure: ModelFailure | undefined;
}

interface Question {
  readonly messages?: readonly ModelMessage[];
  readonly signal?: AbortSignal;
  readonly replyTokens?: number;
  readonly name?: string;
}

export const hello: ModelMessage = { role: "user", content: "hi" };
export const key = "gsk_0123456789abcdef";

export function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export class ContractStage {
  readonly words: ApiWords;
  readonly provider: ByteProvider;
  readonly warnings: object[] = [];
  model: Model;

  private constructor(words: ApiWords, provider: ByteProvider) {
    this.words = words;
    this.provider = provider;
    this.model = this.open();
  }

  static async open(words: ApiWords): Promise<ContractStage> {
    return new ContractStage(words, await ByteProvider.start());
  }

  /** Nothing was asked, said or learnt. */
  reset(): void {
    this.provider.requests.length = 0;
    this.warnings.length = 0;
    this.model = this.open();
  }

  open(over: Partial<ModelOptions> = {}): Model {
    return openModel({
      api: this.words.api,
      apiKey: key,
      baseUrl: this.provider.url,
      proxy: { http: undefined, https: undefined, noProxy: undefined },
      known: { limitName: "auto", streamOptions: "auto", systemRole: "auto" },
      logger: { warn: (fields) => void this.warnings.push(fields) },
      ...over,
    });
  }

  /** The bytes of a whole answer. */
  whole(text: string): string {
    const events = [this.words.text(text), ...this.words.end("stop")].map(event).join("");
    return this.words.api === "chat" ? `${events}data: [DONE]\n\n` : events;
  }

  async ask(question: Question = {}): Promise<Heard> {
    const {
      messages = [hello],
      signal = new AbortController().signal,
      replyTokens = 1_000,
      name = "m",
    } = question;
    const parts: ModelPart[] = [];
    const said = { text: "", reasoning: "" };
    const onPart = (part: ModelPart): void => {
      parts.push(part);
      if (part.type === "text") said.text += part.text;
      else said.reasoning += part.type === "taking" ? said.text + part.text : part.text;
      if (part.type === "taking") said.text = "";
    };
    try {
      const end = await this.model.stream({ model: name, messages, replyTokens, signal }, onPart);
      return { parts, ...said, end, failure: undefined };
    } catch (error) {
      if (!(error instanceof ModelFailure)) throw error;
      return { parts, ...said, end: undefined, failure: error };
    }
  }

  async hear(answer: ByteAnswer): Promise<Heard> {
    this.provider.answer = () => answer;
    return this.ask();
  }
}

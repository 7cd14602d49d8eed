import type { ModelEnd, ModelPart, TokenUsage } from "../model.ts";
import { ModelFailure } from "../provider-failure.ts";
import { isObject, type JsonObject } from "../json.ts";
import type { Answer } from "../provider-model.ts";
import type { BodyEnd } from "../transport/answer-reader.ts";
import { readContent, readReasoning } from "./content-parts.ts";
import { isReason, readReason } from "./finish-reason.ts";
import { ThoughtFilter } from "./thought-filter.ts";
import { readUsage } from "./usage.ts";

/** Names that servers have for what a model thinks aloud. Some send it under two of them: the first one counts. */
const reasoningNames = [
  "reasoning_content",
  "reasoning",
  "thinking",
  "thought",
  "reasoning_text",
  "reasoning_details",
] as const;
const reasoningChannels = /^(?:analysis|commentary|reasoning|thinking|thought)(?:$|[_.])/;

/** What one stream of chat completion chunks says, whatever shape they have. */
export class ChatAnswer implements Answer {
  readonly #onPart: (part: ModelPart) => void;
  readonly #filter: ThoughtFilter;
  #reason: string | undefined;
  #usage: TokenUsage | undefined;
  /** All content so far, as the server sent it. */
  #content = "";
  #reasoningLength = 0;
  #wasSeen = false;

  constructor(onPart: (part: ModelPart) => void) {
    this.#onPart = onPart;
    this.#filter = new ThoughtFilter((type, text) => this.#emit(type, text));
  }

  get hasEnd(): boolean {
    return this.#reason !== undefined;
  }

  isEvent(value: JsonObject): boolean {
    return value["choices"] !== undefined;
  }

  onEvent(value: JsonObject): void {
    const { choices, usage, x_groq: groq } = value;
    this.#usage =
      readUsage(usage) ?? readUsage((groq as { usage?: unknown } | null | undefined)?.usage) ?? this.#usage;
    if (!Array.isArray(choices)) return;
    for (const choice of choices as unknown[])
      if (isObject(choice) && isFirst(choice)) this.#onChoice(choice);
  }

  isDocument(value: JsonObject): boolean {
    return this.isEvent(value);
  }

  onDocument(value: JsonObject): void {
    this.onEvent(value);
  }

  flush(): void {
    this.#filter.flush();
  }

  end(bodyEnd: BodyEnd): ModelEnd {
    this.flush();
    const reason = this.#reason === undefined ? undefined : readReason(this.#reason);
    if (reason !== undefined) return { reason, usage: this.#usage };
    if (this.#reason !== undefined)
      throw new ModelFailure("provider", `ended the answer: ${this.#reason.slice(0, 100)}`, {
        retryable: true,
      });
    // It said that it was done, but not why.
    if (bodyEnd === "done" && this.#wasSeen) return { reason: "stop", usage: this.#usage };
    throw new ModelFailure("cut", "the stream ended without the model's word that it is done", {
      retryable: true,
    });
  }

  #onChoice(choice: JsonObject): void {
    const { delta, message, text, finish_reason: reason } = choice;
    if (isObject(delta)) this.#onDelta(delta);
    else if (typeof delta === "string") this.#onContent(delta);
    if (isObject(message)) this.#onWhole(message);
    if (typeof text === "string" && !isObject(delta)) this.#onContent(text);
    if (!isReason(reason)) return;
    this.#reason = reason;
    // Whoever ends the reply from now on has all of it.
    this.flush();
  }

  #onDelta(delta: JsonObject): void {
    const { content } = delta;
    const name = reasoningNames.find((word) => isSaid(delta[word]));
    if (name !== undefined) {
      this.#filter.expectNoUnbegun();
      readReasoning(delta[name], (_type, text) => this.#emit("reasoning", text));
    }
    const { channel, refusal, thought, type } = delta;
    const isThought = [channel, type].some(
      (word) => typeof word === "string" && reasoningChannels.test(word),
    );
    if (thought === true || isThought)
      return readReasoning(content, (_type, text) => this.#emit("reasoning", text));
    if (content !== undefined && content !== null) this.#onContent(content);
    if (isSaid(refusal)) this.#onContent(refusal);
  }

  /** A whole message in place of a delta, or beside all of them: only what it adds is new. */
  #onWhole(message: JsonObject): void {
    if (!this.#wasSeen && this.#content === "") return this.#onDelta(message);
    const { content } = message;
    if (typeof content === "string" && content.startsWith(this.#content))
      this.#onContent(content.slice(this.#content.length));
  }

  #onContent(content: unknown): void {
    if (typeof content === "string") {
      if (content === "") return;
      this.#content += content;
      return this.#filter.push(content);
    }
    readContent(content, (type, text) => {
      if (type === "text") {
        this.#content += text;
        return this.#filter.push(text);
      }
      this.#filter.expectNoUnbegun();
      this.#emit("reasoning", text);
    });
  }

  get saidLength(): number {
    return this.#content.length + this.#reasoningLength;
  }

  #emit(type: ModelPart["type"], text: string): void {
    if (type === "reasoning") this.#reasoningLength += text.length;
    if (text === "" && type !== "taking") return;
    this.#wasSeen = true;
    this.#onPart({ type, text });
  }
}

/** Of several answers at once the first counts; one without a number is the first. */
function isFirst({ index }: JsonObject): boolean {
  return typeof index !== "number" || index === 0;
}

/** Whether there is something to read: a flag is no text of its own. */
function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || typeof value === "boolean") return false;
  return !Array.isArray(value) || value.length > 0;
}

import type { ModelEnd, ModelPart, TokenUsage } from "../model.ts";
import { ModelFailure, refusalOf } from "../provider-failure.ts";
import type { Redaction } from "../redaction.ts";
import { isObject, toLogText, type JsonObject } from "../json.ts";
import type { Answer } from "../provider-model.ts";
import type { BodyEnd } from "../transport/answer-reader.ts";
import { readContent, readReasoning } from "./content-parts.ts";
import { readReason } from "./finish-reason.ts";
import { ThoughtFilter } from "./thought-filter.ts";
import { readUsage } from "./usage.ts";

const textDeltas: ReadonlySet<unknown> = new Set(["response.output_text.delta", "response.refusal.delta"]);
const wholeTexts: ReadonlySet<unknown> = new Set(["response.output_text.done", "response.refusal.done"]);
const reasoningDelta = /^response\.reasoning(?:_summary|_content)?(?:_text)?\.delta$/;

/** What one stream of Responses events says. */
export class ResponsesAnswer implements Answer {
  readonly #onPart: (part: ModelPart) => void;
  readonly #redaction: Redaction;
  readonly #filter: ThoughtFilter;
  #end: ModelEnd | undefined;
  #unknownReason: string | undefined;
  #wasSeen = false;
  #thoughtPlace: string | undefined;
  #textLength = 0;
  #reasoningLength = 0;

  constructor(onPart: (part: ModelPart) => void, redaction: Redaction) {
    this.#onPart = onPart;
    this.#redaction = redaction;
    this.#filter = new ThoughtFilter((type, text) => this.#emit(type, text));
  }

  get hasEnd(): boolean {
    return this.#end !== undefined || this.#unknownReason !== undefined;
  }

  isEvent(value: JsonObject): boolean {
    return typeof value["type"] === "string" && value["type"].startsWith("response.");
  }

  isDocument(value: JsonObject): boolean {
    return value["object"] === "response" || Array.isArray(value["output"]);
  }

  onEvent(value: JsonObject, name: string): void {
    const type = typeof value["type"] === "string" ? value["type"] : name;
    if (textDeltas.has(type)) return readContent(value["delta"], (_type, text) => this.#onText(text));
    // A server without deltas says each part once it is whole.
    if (wholeTexts.has(type) && this.#textLength === 0)
      return readContent(value["text"] ?? value["refusal"], (_type, text) => this.#onText(text));
    if (reasoningDelta.test(type)) {
      this.#filter.expectNoUnbegun();
      this.#beginThought(value);
      return readReasoning(value["delta"], (_type, text) => this.#emit("reasoning", text));
    }
    const response = isObject(value["response"]) ? value["response"] : {};
    if (type === "response.completed" || type === "response.incomplete" || type === "response.failed")
      this.#onEnd(response, type.slice("response.".length));
  }

  onDocument(value: JsonObject): void {
    this.#onEnd(value, typeof value["status"] === "string" ? value["status"] : "completed");
  }

  get saidLength(): number {
    return this.#textLength + this.#reasoningLength;
  }

  flush(): void {
    this.#filter.flush();
  }

  end(bodyEnd: BodyEnd): ModelEnd {
    this.flush();
    if (this.#end) return this.#end;
    if (this.#unknownReason !== undefined)
      throw new ModelFailure("provider", `ended the answer: ${this.#unknownReason}`, { retryable: true });
    if (bodyEnd === "done" && this.#wasSeen) return { reason: "stop" };
    throw new ModelFailure("cut", "the stream ended without the model's word that it is done", {
      retryable: true,
    });
  }

  #onEnd(response: JsonObject, status: string): void {
    if (status === "failed" || status === "cancelled") throw this.#failureOf(response);
    const calls = this.#onWhole(response["output"]);
    const usage: TokenUsage | undefined = readUsage(response["usage"]);
    const { reason: word } = isObject(response["incomplete_details"]) ? response["incomplete_details"] : {};
    const isWhole = status !== "incomplete";
    const told = typeof word === "string" ? word : "";
    const reason = isWhole ? (calls ? "tool_calls" : "stop") : readReason(told);
    if (reason === undefined || (!isWhole && reason === "stop")) this.#unknownReason = told.slice(0, 100);
    else this.#end = { reason, usage };
    this.flush();
  }

  /** Summaries of one thought come in parts, each of them a paragraph. */
  #beginThought({ item_id: item, summary_index: index }: JsonObject): void {
    const place = `${String(item)} ${String(index)}`;
    if (this.#thoughtPlace !== undefined && this.#thoughtPlace !== place) this.#emit("reasoning", "\n\n");
    this.#thoughtPlace = place;
  }

  /**
   * A server that streams nothing but the end says the whole answer there: what is here already is not said again.
   *
   * @returns whether the model called a tool and said nothing
   */
  #onWhole(output: unknown): boolean {
    if (!Array.isArray(output)) return false;
    const before = { text: this.#textLength, reasoning: this.#reasoningLength };
    let calls = 0;
    for (const item of output as unknown[]) {
      if (isObject(item) && typeof item["type"] === "string" && item["type"].endsWith("_call")) calls++;
      else
        readContent(item, (type, text) => {
          if (type === "text" && before.text === 0) this.#onText(text);
          else if (type === "reasoning" && before.reasoning === 0) this.#emit(type, text);
        });
    }
    return calls > 0 && this.#textLength === 0;
  }

  #failureOf(response: JsonObject): ModelFailure {
    const error = isObject(response["error"]) ? response["error"] : {};
    const message = typeof error["message"] === "string" ? error["message"] : toLogText(response["error"]);
    const words = typeof error["code"] === "string" ? error["code"] : "";
    return refusalOf({ words, message: this.#redaction.redact(message) });
  }

  #onText(text: string): void {
    this.#textLength += text.length;
    this.#filter.push(text);
  }

  #emit(type: ModelPart["type"], text: string): void {
    if (type === "reasoning") this.#reasoningLength += text.length;
    if (text === "" && type !== "taking") return;
    this.#wasSeen = true;
    this.#onPart({ type, text });
  }
}

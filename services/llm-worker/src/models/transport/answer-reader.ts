import type { JsonObject } from "../json.ts";

/** What an API makes of its events. */
export interface AnswerReader {
  /** One event of the stream. @param name what stands after `event:`, or empty */
  onEvent(value: JsonObject, name: string): void;
  /** The whole answer as one document, though a stream was asked for. */
  onDocument(value: JsonObject): void;
  /** Whether `value` is an event of this API, and no error without a name. */
  isEvent(value: JsonObject): boolean;
  /** Whether `value` is a whole answer of this API. */
  isDocument(value: JsonObject): boolean;
  /** The model said that it is done. More may follow, such as the usage. */
  readonly hasEnd: boolean;
  /** How much the model has said, in UTF-16 units. */
  readonly saidLength: number;
}

/** How the bytes ended. `done`: the provider said `[DONE]`, or had nothing to add after the model's end. */
export type BodyEnd = "done" | "ended";

import type { JsonObject } from "../json.ts";

/** Reads the events of one API. */
export interface AnswerReader {
  /** One event of the stream. @param name what stands after `event:`, or empty */
  onEvent(value: JsonObject, name: string): void;
  /** The whole answer as one document, though a stream was asked for. */
  onDocument(value: JsonObject): void;
  /** Whether `value` is an event of this API, and no error without a name. */
  isEvent(value: JsonObject): boolean;
  /** Whether `value` is a whole answer of this API. */
  isDocument(value: JsonObject): boolean;
  /** Whether the model said that it had finished. More may follow, such as the usage. */
  readonly hasEnd: boolean;
  /** How much the model has said, in UTF-16 units. */
  readonly saidLength: number;
}

/** How the bytes ended. `done`: the provider sent `[DONE]`, or it sent nothing more after the model's end. */
export type BodyEnd = "done" | "ended";

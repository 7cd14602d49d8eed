import type { LogEvent } from "@natter/protocol/plain";

/** An event without the fields that the log adds. */
export type NewEvent = LogEvent extends infer E
  ? E extends LogEvent
    ? Omit<E, "seq" | "prev" | "sentAt">
    : never
  : never;

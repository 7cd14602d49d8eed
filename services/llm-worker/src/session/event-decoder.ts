import { decodeObject, durableFrames, type DurableType, type LogEvent } from "@natter/protocol";
import { Compile } from "typebox/compile";

const validators = new Map(
  Object.entries(durableFrames).map(([type, schema]) => [type as DurableType, Compile(schema)]),
);

/** An event as the log holds it; `undefined` for whatever else somebody wrote there. The folds never see it. */
export function decodeEvent(bytes: Uint8Array): LogEvent | undefined {
  const value = decodeObject(bytes);
  return value && validators.get(value["type"] as DurableType)?.Check(value)
    ? (value as unknown as LogEvent)
    : undefined;
}

import { limits } from "@natter/protocol";
import { Failure } from "../../failure.ts";

/** @throws Failure if it is over 100 */
export function pageLimit(text: string | undefined, otherwise: number): number {
  const wanted = text === undefined ? otherwise : Number(text);
  if (wanted > limits.pageMessages && text !== undefined)
    throw new Failure("bad_request", "`limit` is 1 to 100");
  return wanted;
}

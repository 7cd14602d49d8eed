import { limits } from "@natter/protocol";
import { Type, type TOptional, type TString } from "typebox";
import { Failure } from "../../failure.ts";

export const limit: TOptional<TString> = Type.Optional(
  Type.String({ pattern: "^[1-9][0-9]{0,2}$", description: "1 to 100" }),
);

/** @throws Failure if it is over 100 */
export function pageLimit(text: string | undefined, otherwise: number): number {
  const wanted = text === undefined ? otherwise : Number(text);
  if (wanted > limits.pageMessages && text !== undefined)
    throw new Failure("bad_request", "`limit` is 1 to 100");
  return wanted;
}

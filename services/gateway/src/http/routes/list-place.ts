import { decodeObject, SessionPlace } from "@natter/protocol";
import { Compile } from "typebox/compile";
import { Failure } from "../../failure.ts";

const place = Compile(SessionPlace);

/** The text of a place in the list. A client sends it back unchanged. */
export function formatListPlace(of: SessionPlace): string {
  return Buffer.from(JSON.stringify(of)).toString("base64url");
}

/** @throws Failure `bad_request` if it is none that `formatListPlace` made */
export function readListPlace(text: string): SessionPlace {
  const read = decodeObject(Buffer.from(text, "base64url"));
  if (!place.Check(read)) throw new Failure("bad_request", "`after` is the `next` of a list");
  return read;
}

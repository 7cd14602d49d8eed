import { Type, type Static } from "typebox";
import { SessionId } from "../frames/id-schemas.ts";
import { limits } from "../limits.ts";

/** The place of an entry in the list of sessions. A client can request the entries after it, even if the list has changed meanwhile. */
export const SessionPlace = Type.Object({
  pinned: Type.Boolean(),
  /** A text of the store. A later activity has a larger text. */
  activity: Type.String({ maxLength: limits.sessionPlaceLength }),
  sessionId: SessionId,
});
export type SessionPlace = Static<typeof SessionPlace>;

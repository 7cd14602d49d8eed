import { Type, type Static } from "typebox";
import { SessionId } from "../frames/id-schemas.ts";
import { limits } from "../limits.ts";

/** Where an entry stands in the list of sessions: what comes after it can be asked for, whatever has moved meanwhile. */
export const SessionPlace = Type.Object({
  pinned: Type.Boolean(),
  /** The store's own text; the later activity is the larger one. */
  activity: Type.String({ maxLength: limits.sessionPlaceLength }),
  sessionId: SessionId,
});
export type SessionPlace = Static<typeof SessionPlace>;

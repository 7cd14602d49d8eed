import { limits, timings, type ServerFrameOf, type User } from "@natter/protocol";
import type { Identity } from "../identity/authenticator.ts";
import type { Joined } from "../relay/hub.ts";

/** The first frame of a connection. */
export function connectionFrame(
  sessionId: string,
  { id, name, guestToken }: Identity,
  {
    cursor,
    recovered,
    replies,
    users,
    moreUsers,
  }: Joined & { readonly users: readonly User[]; readonly moreUsers: number },
): ServerFrameOf<"connection"> {
  return {
    type: "connection",
    message: "connected",
    sessionId,
    user: { id, name },
    ...(guestToken === undefined ? {} : { guestToken }),
    users: [...users],
    ...(moreUsers > 0 ? { moreUsers } : {}),
    cursor,
    recovered,
    replies,
    limits: { frameBytes: limits.clientFrameBytes, pendingFrames: limits.pendingFrames },
    heartbeatMs: timings.heartbeatMs,
  };
}

/**
 * The few numbers of the protocol that a client needs. Their tables come with a meaning for each row, which a page
 * should not have to load; the compiler knows both and lets no number differ.
 */
import type { closeCodes, CloseReason, limits, timings } from "@natter/protocol/plain";

export const codes: {
  readonly [
    R in Exclude<CloseReason, "malformed" | "too_slow" | "broker_away">
  ]: (typeof closeCodes)[R]["code"];
} = {
  going_away: 4000,
  outcome_unknown: 4002,
  no_heartbeat: 4009,
  resync: 4010,
  bad_session: 4500,
  unauthorized: 4501,
  forbidden: 4503,
  session_deleted: 4504,
};

/** What a socket offers; the second stands before a token. */
export const subprotocols = { version: "natter.v1", token: "natter.token." };

/** The most that a frame may have, until the server says otherwise. */
export const frameBytes: (typeof limits)["clientFrameBytes"] = 65_536;
export const heartbeatMs: (typeof timings)["heartbeatMs"] = 25_000;
export const pongMs: (typeof timings)["pongMs"] = 10_000;

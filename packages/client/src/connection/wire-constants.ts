/**
 * The few numbers of the protocol that a client needs. Their tables come with a meaning for each row, which a page
 * should not have to load; the compiler knows both and lets no number differ.
 */
import type { closeCodes, timings } from "@natter/protocol/plain";

type CloseCodes = typeof closeCodes;

export const goingAway: CloseCodes["going_away"]["code"] = 4000;
export const outcomeUnknown: CloseCodes["outcome_unknown"]["code"] = 4002;
export const noHeartbeat: CloseCodes["no_heartbeat"]["code"] = 4009;
export const resync: CloseCodes["resync"]["code"] = 4010;

/** Of WebSockets: a frame was larger than the other side takes. */
export const tooBig = 1009;

/** Close codes that say the same as a row of the table of errors. */
type Refusal = "bad_session" | "unauthorized" | "forbidden";
export const refusals: Readonly<Record<number, Refusal>> = {
  4500: "bad_session",
  4501: "unauthorized",
  4503: "forbidden",
} satisfies { readonly [R in Refusal as CloseCodes[R]["code"]]: R };

/** What a socket offers, and what stands before a token that it offers, too. */
export const subprotocol = "natter.v1";
export const tokenPrefix = "natter.token.";

export const pongMs: (typeof timings)["pongMs"] = 10_000;

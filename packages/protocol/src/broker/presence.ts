/** What gateways tell one another about who is where. Of the moment: never stored, and said again when it was lost. */
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import { decodeObject } from "../frames/codec.ts";
import { limits } from "../limits.ts";

/** One start of one gateway; a gateway that was started again is another one. */
const GatewayId = Type.String({ minLength: 1, maxLength: 64 });

const PresentUser = Type.Object({
  id: Type.String({ maxLength: limits.userIdLength }),
  name: Type.String({ maxLength: limits.userNameLength }),
});

/** Everybody who is in a session at one gateway. Replaces what that gateway said before. */
export const PresenceSet = Type.Object({
  gateway: GatewayId,
  /** Grows with everything that a gateway says; an older set is late and means nothing. */
  revision: Type.Integer({ minimum: 0 }),
  users: Type.Array(PresentUser, { maxItems: limits.presenceUsers }),
  /** Users who are there, too, and not listed. */
  more: Type.Optional(Type.Integer({ minimum: 0 })),
  /** True: the others say theirs now. */
  asks: Type.Optional(Type.Boolean()),
});
export type PresenceSet = Static<typeof PresenceSet>;

/** A gateway lives, or says that it stops. */
export const GatewayHeartbeat = Type.Object({
  gateway: GatewayId,
  leaving: Type.Optional(Type.Boolean()),
});
export type GatewayHeartbeat = Static<typeof GatewayHeartbeat>;

const setValidator = Compile(PresenceSet);
const heartbeatValidator = Compile(GatewayHeartbeat);

/** `undefined` if it is none: of another version, or not natter's at all. */
export function decodePresenceSet(bytes: Uint8Array): PresenceSet | undefined {
  const value = decodeObject(bytes);
  return setValidator.Check(value) ? value : undefined;
}

export function decodeGatewayHeartbeat(bytes: Uint8Array): GatewayHeartbeat | undefined {
  const value = decodeObject(bytes);
  return heartbeatValidator.Check(value) ? value : undefined;
}

/** The presence messages of gateways. They are never stored. A lost message is repaired by the next one. */
import { Type, type Static } from "typebox";
import { Compile } from "typebox/compile";
import { decodeObject } from "../frames/codec.ts";
import { limits } from "../limits.ts";

/** Identifies one start of one gateway. A restarted gateway has another id. */
const GatewayId = Type.String({ minLength: 1, maxLength: 64 });

const PresentUser = Type.Object({
  id: Type.String({ maxLength: limits.userIdLength }),
  name: Type.String({ maxLength: limits.userNameLength }),
});

/** All users of a session at one gateway. It replaces the earlier set of that gateway. */
export const PresenceSet = Type.Object({
  gateway: GatewayId,
  /** Rises with every message of the gateway. A set with a lower revision is late and is ignored. */
  revision: Type.Integer({ minimum: 0 }),
  users: Type.Array(PresentUser, { maxItems: limits.presenceUsers }),
  /** Number of further users who are not listed. */
  more: Type.Optional(Type.Integer({ minimum: 0 })),
  /** True if the other gateways must publish their sets now. */
  asks: Type.Optional(Type.Boolean()),
});
export type PresenceSet = Static<typeof PresenceSet>;

/** A heartbeat of a gateway, or its shutdown notice. */
export const GatewayHeartbeat = Type.Object({
  gateway: GatewayId,
  leaving: Type.Optional(Type.Boolean()),
});
export type GatewayHeartbeat = Static<typeof GatewayHeartbeat>;

const setValidator = Compile(PresenceSet);
const heartbeatValidator = Compile(GatewayHeartbeat);

/** `undefined` if the bytes are no such message. */
export function decodePresenceSet(bytes: Uint8Array): PresenceSet | undefined {
  const value = decodeObject(bytes);
  return setValidator.Check(value) ? value : undefined;
}

export function decodeGatewayHeartbeat(bytes: Uint8Array): GatewayHeartbeat | undefined {
  const value = decodeObject(bytes);
  return heartbeatValidator.Check(value) ? value : undefined;
}

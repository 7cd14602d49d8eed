import { Type } from "typebox";
import { sessionIdPattern, uuidPattern } from "./id-patterns.ts";

const eventIdPattern = "^[A-Za-z0-9_-]{1,64}$";

export const SessionId = Type.String({ pattern: sessionIdPattern });
/** Of an event: a hash, made by the gateway, so that the same intent always has the same id. */
export const EventId = Type.String({ pattern: eventIdPattern });
/** Of a user's message, or of a reply: `<messageId>.<promptId>`. */
export const MessageId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}(\\.[A-Za-z0-9_-]{1,64})?$" });
/** Chosen by the client, once for each intent, the same on every retry. */
export const ClientId = Type.String({ pattern: uuidPattern });

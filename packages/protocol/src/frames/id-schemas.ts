import { Type } from "typebox";
import { sessionIdPattern, uuidPattern } from "./id-patterns.ts";

const eventIdPattern = "^[A-Za-z0-9_-]{1,64}$";

export const SessionId = Type.String({ pattern: sessionIdPattern });
/** The gateway hashes the intent, so the same intent always has the same event id. */
export const EventId = Type.String({ pattern: eventIdPattern });
/** The event id of a user's message, or `<messageId>.<promptId>` of a reply. */
export const MessageId = Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}(\\.[A-Za-z0-9_-]{1,64})?$" });
/** The client chooses it once for each intent and repeats it on every retry. */
export const ClientId = Type.String({ pattern: uuidPattern });

/** The patterns of ids. */
import { limits } from "../limits.ts";

export const sessionIdPattern = `^[A-Za-z0-9_-]{1,${limits.sessionIdLength}}$`;
export const uuidPattern = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$";

const sessionId = new RegExp(sessionIdPattern);
const clientId = new RegExp(uuidPattern);

/** Whether `text` may become part of a subject. */
export function isSessionId(text: string): boolean {
  return sessionId.test(text);
}

/** Whether a gateway may send `text` back to a client as the id of its frame. */
export function isClientId(text: string): boolean {
  return clientId.test(text);
}

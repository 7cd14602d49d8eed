import type { RpcQuestion, RpcVerb } from "@natter/protocol";

/**
 * Who takes turns with the others in the queue: the user, and the session where the question names no user. A receipt is
 * asked for before an event is stored and names neither: each is alone, so none waits for the others.
 */
export function askerOf(question: RpcQuestion<RpcVerb>): string {
  const named: {
    readonly userId?: string;
    readonly reader?: string;
    readonly sessionId?: string;
    readonly eventId?: string;
  } = question;
  const user = named.userId ?? named.reader;
  if (user !== undefined) return `user ${user}`;
  if (named.sessionId !== undefined) return `session ${named.sessionId}`;
  return named.eventId === undefined ? "" : `event ${named.eventId}`;
}

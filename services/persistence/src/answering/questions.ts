import {
  EventId,
  limits,
  MessageId,
  SessionId,
  SessionPlace,
  type RpcQuestion,
  type RpcVerb,
} from "@natter/protocol";
import { Type, type TSchema } from "typebox";
import { Compile } from "typebox/compile";

const userId = Type.String({ minLength: 1, maxLength: 256 });
/** Clamped, not refused: the asker's own bound may be a later one. */
const limit = Type.Integer({ minimum: 1 });
const place = Type.Object({ epoch: Type.String({ maxLength: 32 }), seq: Type.Integer({ minimum: 0 }) });
const maxContextBytes = 16 * 1_048_576;

const questions = {
  history: Type.Object({
    sessionId: SessionId,
    before: Type.Optional(MessageId),
    end: Type.Optional(place),
    from: Type.Optional(place),
    limit,
    reader: Type.Optional(userId),
  }),
  sessions: Type.Object({
    userId,
    limit,
    archived: Type.Boolean(),
    after: Type.Optional(SessionPlace),
  }),
  search: Type.Object({ userId, query: Type.String({ maxLength: limits.searchQueryLength }), limit }),
  reactions: Type.Object({ sessionId: SessionId, messageId: MessageId, reader: userId }),
  receipt: Type.Object({ eventId: EventId }),
  target: Type.Object({ sessionId: SessionId, messageId: MessageId, promptId: Type.Optional(EventId) }),
  prompts: Type.Object({ sessionId: SessionId }),
  earliest_prompt: Type.Object({}),
  context: Type.Object({
    sessionId: SessionId,
    messageId: MessageId,
    textBytes: Type.Integer({ minimum: 0, maximum: maxContextBytes }),
  }),
  details: Type.Object({ sessionId: SessionId }),
  mark: Type.Object({
    userId,
    sessionId: SessionId,
    pinned: Type.Optional(Type.Boolean()),
    archived: Type.Optional(Type.Boolean()),
  }),
} as const satisfies Record<RpcVerb, TSchema>;

const validators = Object.fromEntries(
  Object.entries(questions).map(([verb, schema]) => [verb, Compile(schema as TSchema)]),
) as unknown as Record<RpcVerb, { Check(value: unknown): boolean }>;

/** `undefined` if `value` is not a question of this verb. */
export function readQuestion<V extends RpcVerb>(verb: V, value: unknown): RpcQuestion<V> | undefined {
  if (!validators[verb].Check(value)) return undefined;
  return value as RpcQuestion<V>;
}

/**
 * Who takes turns with the others in the queue: the user, and the session where the question names nobody. A receipt is asked
 * for before an event is stored and names neither: each is alone, so none waits for the others.
 */
export function askerOf(question: RpcQuestion<RpcVerb>): string {
  const named = question as {
    readonly userId?: string;
    readonly reader?: string;
    readonly sessionId?: string;
    readonly eventId?: string;
  };
  const user = named.userId ?? named.reader;
  if (user !== undefined) return `user ${user}`;
  if (named.sessionId !== undefined) return `session ${named.sessionId}`;
  return named.eventId === undefined ? "" : `event ${named.eventId}`;
}

import { keyLength, noKey } from "../../../store/position-keys.ts";
import type { Statements } from "../database/statements.ts";

/** Where a message that a search may look at is. */
export interface MessageNumber {
  readonly number: number;
  readonly position: string;
}

/** Of one session, by position: the next to be looked at and those before it. */
interface OpenSession {
  readonly sessionId: string;
  readonly latest: MessageNumber;
  readonly earlier: Iterator<MessageNumber>;
}

/** Messages of one session that are read in one go. */
const pageMessages = 50;

/**
 * All messages of the user's sessions, latest first, read as they are asked for. A session is not opened before its last
 * message is the next one.
 */
export function* ownMessages(statements: Statements, userId: string): Generator<MessageNumber> {
  const unopened = statements
    .all<{ session_id: string; activity: string }>(
      `select u.session_id, s.activity from members u join sessions s on s.session_id = u.session_id
       where u.user_id = ? and u.joined = 1 order by s.activity`,
      userId,
    )
    .map(({ session_id: sessionId, activity }) => ({
      sessionId,
      lastPosition: activity.slice(0, keyLength),
    }));
  /** The one with the latest message is the last. */
  const opened: OpenSession[] = [];
  for (;;) {
    const latest = opened.at(-1)?.latest.position ?? "";
    const next = unopened.at(-1);
    if (next && next.lastPosition >= latest) {
      unopened.pop();
      insert(opened, next.sessionId, messagesOf(statements, next.sessionId));
      continue;
    }
    const session = opened.pop();
    if (!session) return;
    yield session.latest;
    insert(opened, session.sessionId, session.earlier);
  }
}

/** Puts a session in its place, if it has one more message. */
function insert(opened: OpenSession[], sessionId: string, earlier: Iterator<MessageNumber>): void {
  const { value: latest, done } = earlier.next();
  if (done) return;
  let [low, high] = [0, opened.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((opened[middle]?.latest.position ?? "") < latest.position) low = middle + 1;
    else high = middle;
  }
  opened.splice(low, 0, { sessionId, latest, earlier });
}

function* messagesOf(statements: Statements, sessionId: string): Generator<MessageNumber> {
  let end = noKey;
  for (;;) {
    const page = statements.all<MessageNumber>(
      "select number, position from messages where session_id = ? and position < ? order by position desc limit ?",
      sessionId,
      end,
      pageMessages,
    );
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < pageMessages) return;
    end = last.position;
  }
}

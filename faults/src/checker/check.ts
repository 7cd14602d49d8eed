import type { Evidence, Violation } from "./evidence.ts";
import { checkHistory } from "./history-checks.ts";
import { checkOrder } from "./order-checks.ts";
import { checkProcess } from "./process-checks.ts";
import { checkReplies } from "./reply-checks.ts";
import { checkSending } from "./sending-checks.ts";
import { gatherFacts } from "./session-facts.ts";
import { missedTextIn } from "./missed-text.ts";
import { checkTexts, type TextCounts } from "./text-checks.ts";

export interface Counts extends Readonly<TextCounts> {
  /** Intents of clients. */
  readonly sent: number;
  /** Intents that were acknowledged, and those of them that are messages. */
  readonly acked: number;
  readonly ackedMessages: number;
  /** Ends of replies. */
  readonly replies: number;
  readonly sessions: number;
}

export interface Verdict {
  readonly violations: readonly Violation[];
  readonly counts: Counts;
}

/** Judges a run by what its clients saw and what is kept. Pure. */
export function check({ sessions, disturbances, processes, isLogPoisoned = false }: Evidence): Verdict {
  const violations: Violation[] = processes.flatMap((log) => checkProcess(log, isLogPoisoned));
  const texts: TextCounts = { whole: 0, prefixes: 0 };
  const excuses = { disturbances, missedText: missedTextIn(processes) };
  const sum = { sent: 0, acked: 0, ackedMessages: 0, replies: 0 };
  for (const session of sessions) {
    const facts = gatherFacts(session);
    violations.push(
      ...facts.violations,
      ...checkSending(facts),
      ...checkOrder(facts),
      ...checkHistory(facts),
      ...checkReplies(facts),
      ...checkTexts(session, excuses, texts),
    );
    const intents = [...facts.intents.values()];
    const acked = intents.filter(({ acks }) => acks.length > 0);
    sum.sent += intents.length;
    sum.acked += acked.length;
    sum.ackedMessages += acked.filter(({ frame }) => frame.type === "message").length;
    sum.replies +=
      facts.histories[0]?.kept.filter(({ message }) => message.type === "ai_complete").length ?? 0;
  }
  return { violations, counts: { ...sum, ...texts, sessions: sessions.length } };
}

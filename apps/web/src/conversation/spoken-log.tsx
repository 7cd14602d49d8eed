import type { Answer, Session, UserMessage } from "@natter/client";
import { useRunning, useSessionEvent } from "@natter/client/react";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { useLanguage, useText } from "../locale/use-text.ts";
import { finishedLength, spoken } from "./sentences.ts";

const keptLines = 30;

interface Line {
  readonly id: number;
  readonly text: string;
}

/** What a screen reader says while people and the model talk: whole sentences, each once, never single words. */
export function SpokenLog({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const { lines, say } = useLines();
  useSpokenMessages(session, say);
  useSpokenAnswers(session, say);
  return (
    <div role="log" aria-live="polite" aria-label={text("conversation.spokenLog")} className="sr-only">
      {lines.map((line) => (
        <p key={line.id}>{line.text}</p>
      ))}
    </div>
  );
}

function useLines(): { lines: readonly Line[]; say: (text: string) => void } {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const next = useRef(0);
  const say = useCallback((text: string) => {
    if (text !== "") setLines((known) => [...known.slice(1 - keptLines), { id: next.current++, text }]);
  }, []);
  return { lines, say };
}

function useSpokenMessages(session: Session, say: (text: string) => void): void {
  const onMessage = useCallback(
    (message: UserMessage) => {
      if (!message.isOwn) say(`${message.user.name}: ${message.text}`);
    },
    [say],
  );
  useSessionEvent(session, "message", onMessage);
}

function useSpokenAnswers(session: Session, say: (text: string) => void): void {
  const language = useLanguage();
  const [running] = useRunning(session);
  /** By answer, how much of its text was said. */
  const said = useRef(new Map<string, number>());
  const sayUpTo = useCallback(
    (answer: Answer, length: number) => {
      const from = said.current.get(answer.id) ?? 0;
      if (length <= from) return;
      said.current.set(answer.id, length);
      say(spoken(answer.text.slice(from, length)));
    },
    [say],
  );
  useEffect(() => {
    const key = running === undefined ? undefined : session.keyOf(running);
    if (key === undefined) return;
    return session.subscribeMessage(key, () => {
      const message = session.getMessage(key);
      if (message?.kind !== "answer" || message.state !== "streaming") return;
      // What was said ends where a sentence ends, so the sentences before it need no second look.
      const from = said.current.get(message.id) ?? 0;
      sayUpTo(message, from + finishedLength(message.text.slice(from), language));
    });
  }, [session, running, language, sayUpTo]);
  const onAnswer = useCallback((answer: Answer) => sayUpTo(answer, answer.text.length), [sayUpTo]);
  useSessionEvent(session, "answer", onAnswer);
}

import type { Answer, Session, UserMessage } from "@natter/client";
import { useRunning, useSessionEvent } from "@natter/client/react";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { useLanguage, useText } from "../../locale/use-text.ts";
import { useNameOf } from "../../people/names.tsx";
import { finishedLength, partLength, announcedLength, speechOf } from "./sentences.ts";

const keptLines = 30;
/** Time between two parts of a text that is too long for one line. */
const partMs = 100;

interface Line {
  readonly id: number;
  readonly text: string;
}

/** What a screen reader reads out of a conversation: whole sentences, each once, never single words. */
export function Announcements({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const { lines, announce } = useLines();
  useSpokenMessages(session, announce);
  useSpokenAnswers(session, announce);
  return (
    <div role="log" aria-live="polite" aria-label={text("conversation.spokenLog")} className="sr-only">
      {lines.map((line) => (
        <p key={line.id}>{line.text}</p>
      ))}
    </div>
  );
}

function useLines(): { lines: readonly Line[]; announce: (text: string) => void } {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const next = useRef(0);
  /** The parts of a long text that are not read out yet. */
  const waiting = useRef<string[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const announceNext = useCallback(() => {
    timer.current = undefined;
    const text = waiting.current.shift();
    if (text === undefined) return;
    setLines((known) => [...known.slice(1 - keptLines), { id: next.current++, text }]);
    timer.current = setTimeout(announceNext, partMs);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  const announce = useCallback(
    (text: string) => {
      for (let rest = text; rest !== "";) {
        const length = partLength(rest);
        waiting.current.push(rest.slice(0, length));
        rest = rest.slice(length);
      }
      if (timer.current === undefined) announceNext();
    },
    [announceNext],
  );
  return { lines, announce };
}

function useSpokenMessages(session: Session, announce: (text: string) => void): void {
  const nameOf = useNameOf();
  const onMessage = useCallback(
    (message: UserMessage) => {
      if (!message.isOwn) announce(`${nameOf(message.user)}: ${message.text}`);
    },
    [announce, nameOf],
  );
  useSessionEvent(session, "message", onMessage);
}

function useSpokenAnswers(session: Session, announce: (text: string) => void): void {
  const language = useLanguage();
  const [running] = useRunning(session);
  /** The text that was read out, by the id of the answer. */
  const announced = useRef(new Map<string, string>());
  const announceNew = useCallback(
    ({ id, text, state }: Answer) => {
      const isWhole = state === "complete";
      // The text that was read out ends with a sentence, so the search begins behind it.
      const from = announcedLength(text, announced.current.get(id) ?? "", { isWhole });
      const to = isWhole ? text.length : from + finishedLength(text.slice(from), language);
      if (to <= from) return;
      announced.current.set(id, text.slice(0, to));
      announce(speechOf(text.slice(from, to)));
    },
    [announce, language],
  );
  useEffect(() => {
    const key = running === undefined ? undefined : session.keyOf(running);
    if (key === undefined) return;
    return session.subscribeMessage(key, () => {
      const message = session.getMessage(key);
      if (message?.kind === "answer" && message.state === "streaming") announceNew(message);
    });
  }, [session, running, announceNew]);
  useSessionEvent(session, "answer", announceNew);
}

import type { Answer, Session, UserMessage } from "@natter/client";
import { useRunning, useSessionEvent } from "@natter/client/react";
import { useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import { useLanguage, useText } from "../../locale/use-text.ts";
import { useNameOf } from "../../people/names.tsx";
import { finishedLength, partLength, saidLength, spoken } from "./sentences.ts";

const keptLines = 30;
/** Between two parts of what is too long for one line. */
const partMs = 100;

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
  /** What was not said yet of something long. */
  const waiting = useRef<string[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sayNext = useCallback(() => {
    timer.current = undefined;
    const text = waiting.current.shift();
    if (text === undefined) return;
    setLines((known) => [...known.slice(1 - keptLines), { id: next.current++, text }]);
    timer.current = setTimeout(sayNext, partMs);
  }, []);
  useEffect(() => () => clearTimeout(timer.current), []);
  const say = useCallback(
    (text: string) => {
      for (let rest = text; rest !== "";) {
        const length = partLength(rest);
        waiting.current.push(rest.slice(0, length));
        rest = rest.slice(length);
      }
      if (timer.current === undefined) sayNext();
    },
    [sayNext],
  );
  return { lines, say };
}

function useSpokenMessages(session: Session, say: (text: string) => void): void {
  const nameOf = useNameOf();
  const onMessage = useCallback(
    (message: UserMessage) => {
      if (!message.isOwn) say(`${nameOf(message.user)}: ${message.text}`);
    },
    [say, nameOf],
  );
  useSessionEvent(session, "message", onMessage);
}

function useSpokenAnswers(session: Session, say: (text: string) => void): void {
  const language = useLanguage();
  const [running] = useRunning(session);
  /** By answer, what of its text was said. */
  const said = useRef(new Map<string, string>());
  const sayNew = useCallback(
    ({ id, text, state }: Answer) => {
      const isWhole = state === "complete";
      // What was said ends where a sentence ends, so the sentences before it need no second look.
      const from = saidLength(text, said.current.get(id) ?? "", { isWhole });
      const to = isWhole ? text.length : from + finishedLength(text.slice(from), language);
      if (to <= from) return;
      said.current.set(id, text.slice(0, to));
      say(spoken(text.slice(from, to)));
    },
    [say, language],
  );
  useEffect(() => {
    const key = running === undefined ? undefined : session.keyOf(running);
    if (key === undefined) return;
    return session.subscribeMessage(key, () => {
      const message = session.getMessage(key);
      if (message?.kind === "answer" && message.state === "streaming") sayNew(message);
    });
  }, [session, running, sayNew]);
  useSessionEvent(session, "answer", sayNew);
}

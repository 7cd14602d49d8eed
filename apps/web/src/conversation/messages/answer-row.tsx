import type { Answer, Session } from "@natter/client";
import { useRunning } from "@natter/client/react";
import { ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import { ActionButton, Button } from "../../interface/button.tsx";
import { useAttempt } from "../../interface/use-attempt.ts";
import { en, type TextKey } from "../../locale/en.ts";
import { useText } from "../../locale/use-text.ts";
import { LazyMarkdown } from "../../markdown/lazy-markdown.tsx";
import { PlainText } from "../../markdown/plain-text.tsx";
import { AiAvatar } from "../../people/avatar.tsx";
import { isDemoModel } from "./demo-model.ts";
import { MessageActions } from "./message-actions.tsx";
import { Reactions } from "./reactions.tsx";

interface AnswerRowProperties {
  readonly session: Session;
  readonly answer: Answer;
}

/** An answer of the model: queued, streaming or complete. */
export function AnswerRow({ session, answer }: AnswerRowProperties): ReactNode {
  return (
    <article
      className="group flex gap-3"
      aria-busy={answer.state === "streaming"}
      data-testid="answer"
      data-state={answer.state}
    >
      <AiAvatar />
      <div className="min-w-0 flex-1">
        <Byline answer={answer} />
        <Reasoning answer={answer} />
        {answer.text !== "" && (
          <LazyMarkdown content={answer.text} isWriting={answer.state === "streaming"} />
        )}
        {answer.state !== "complete" && answer.text === "" && <Waiting session={session} answer={answer} />}
        <EndNote session={session} answer={answer} />
        <Reactions session={session} message={answer} />
        <Footer session={session} answer={answer} />
      </div>
    </article>
  );
}

function Byline({ answer: { model } }: { readonly answer: Answer }): ReactNode {
  const text = useText();
  return (
    <p className="mb-0.5 flex gap-2 text-xs">
      <span className="font-medium">{text("app.ai")}</span>
      <span className="text-soft">{isDemoModel(model) ? text("app.demoShort") : model}</span>
    </p>
  );
}

function Reasoning({ answer }: { readonly answer: Answer }): ReactNode {
  const text = useText();
  if (answer.reasoning === "") return null;
  return (
    <details className="mb-2 rounded-lg bg-sunken px-3 py-2 text-sm text-soft">
      <summary>{text("answer.reasoning")}</summary>
      <PlainText className="mt-1" text={answer.reasoning} />
    </details>
  );
}

/** Stands in the place of the first word. A queued answer can be taken back. */
function Waiting({ session, answer }: AnswerRowProperties): ReactNode {
  const text = useText();
  const attempt = useAttempt();
  const [first, second] = useRunning(session);
  const question = session.getMessage(session.keyOf(answer.messageId) ?? "");
  if (answer.state === "streaming" || first === answer.id)
    return (
      <p className="flex h-7 items-center gap-1" aria-label={text("answer.thinking")} role="img">
        {[0, 150, 300].map((ms) => (
          <span
            key={ms}
            className="waiting-dot size-1.5 rounded-full bg-edge"
            style={{ animationDelay: `${ms}ms` }}
          />
        ))}
      </p>
    );
  return (
    <p className="flex h-7 items-center gap-2 text-sm text-soft">
      {text(second === answer.id ? "message.inQueue" : "message.inQueueLater")}
      {question?.kind === "message" && question.isOwn && (
        <Button
          className="px-2 py-0.5 text-sm"
          look="line"
          onClick={() => attempt(session.delete(answer.messageId))}
        >
          {text("message.takeBack")}
        </Button>
      )}
    </p>
  );
}

/** Shows how the answer ended if it did not end normally, and offers another answer. */
function EndNote({ session, answer }: AnswerRowProperties): ReactNode {
  const text = useText();
  const attempt = useAttempt();
  if (answer.state !== "complete") return null;
  const end = endOf(answer);
  if (!end) return null;
  const isError = answer.finishReason === "error";
  return (
    <div
      role={isError ? "alert" : undefined}
      className={`mt-2 flex flex-wrap items-center gap-2 text-sm ${isError ? "rounded-xl bg-alarm-ground px-3 py-2 text-alarm" : "text-soft"}`}
    >
      <span>{text(end)}</span>
      {answer.error?.code !== "not_found" && !isWithoutQuestion(session, answer) && (
        <Button look="line" className="px-2 py-1" onClick={() => attempt(session.regenerate(answer.id))}>
          {text("answer.regenerate")}
        </Button>
      )}
    </div>
  );
}

/** The message to answer was deleted. */
function isWithoutQuestion(session: Session, { messageId }: Answer): boolean {
  const question = session.getMessage(session.keyOf(messageId) ?? "");
  return question?.kind === "message" && question.deletedAt !== undefined;
}

function endOf({ finishReason, error, text }: Answer): TextKey | undefined {
  if (finishReason === "error") {
    const key = `answer.failed.${error?.code ?? "internal"}`;
    return key in en ? (key as TextKey) : "answer.failed.internal";
  }
  if (finishReason === "stopped") return text === "" ? "answer.stoppedEmpty" : "answer.stopped";
  if (finishReason === "length") return "answer.length";
  if (finishReason === "content_filter") return "answer.filtered";
  return text === "" ? "answer.empty" : undefined;
}

function Footer({ session, answer }: AnswerRowProperties): ReactNode {
  // The place of the footer is reserved while the answer streams, so the end of the answer moves nothing.
  if (answer.state !== "complete" && answer.versions.length < 2) return <div className="h-8" />;
  return (
    <div className="mt-1 flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
      <Versions session={session} answer={answer} />
      <Facts answer={answer} />
      {answer.state === "complete" && <MessageActions session={session} message={answer} />}
    </div>
  );
}

function Versions({ session, answer }: AnswerRowProperties): ReactNode {
  const text = useText();
  const { key, versions, versionIndex } = answer;
  const count = versions.length;
  if (count < 2) return null;
  return (
    <div
      role="group"
      aria-label={text("answer.versions", { index: versionIndex + 1, count })}
      className="flex items-center text-xs text-soft tabular-nums"
    >
      <ActionButton
        icon={ChevronLeft}
        label={text("answer.previousVersion")}
        isDisabled={versionIndex === 0}
        run={() => session.showVersion(key, versionIndex - 1)}
      />
      {versionIndex + 1}/{count}
      <ActionButton
        icon={ChevronRight}
        label={text("answer.nextVersion")}
        isDisabled={versionIndex === count - 1}
        run={() => session.showVersion(key, versionIndex + 1)}
      />
    </div>
  );
}

/** The number of tokens, and the time to the first one. */
function Facts({ answer }: { readonly answer: Answer }): ReactNode {
  const text = useText();
  const { usage, firstTokenMs } = answer;
  const facts = [
    usage &&
      text(usage.estimated ? "answer.tokensAbout" : "answer.tokens", { count: usage.completionTokens }),
    firstTokenMs !== undefined &&
      text("answer.firstToken", { seconds: Math.max(0.1, firstTokenMs / 1_000).toFixed(1) }),
  ].filter(Boolean);
  if (facts.length === 0) return null;
  return (
    <p className="text-xs text-soft" data-testid="facts">
      {facts.join(" · ")}
    </p>
  );
}

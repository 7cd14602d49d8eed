import type { Message, Session } from "@natter/client";
import { useMessage, useRunning } from "@natter/client/react";
import { memo, type ReactNode } from "react";
import { useText } from "../../locale/use-text.ts";
import { AnswerRow } from "./answer-row.tsx";
import { useConversation } from "../../composer/conversation-state.ts";
import { SeenBy } from "./seen-by.tsx";
import { UserMessageRow } from "./user-message-row.tsx";

interface MessageRowProperties {
  readonly session: Session;
  readonly messageKey: string;
}

/** One row. A chunk of an answer renders only its own row. */
export const MessageRow: (properties: MessageRowProperties) => ReactNode = memo(function MessageRow({
  session,
  messageKey,
}: MessageRowProperties): ReactNode {
  const message = useMessage(session, messageKey);
  const { found } = useConversation();
  if (!message || isTakenBack(session, message)) return null;
  const isFound = found !== undefined && session.keyOf(found) === messageKey;
  return (
    <div
      className={`px-4 py-2 ${isFound ? "rounded-2xl ring-2 ring-accent outline-none ring-inset" : ""}`}
      {...(isFound ? { "data-found": true, "aria-current": true, tabIndex: -1 } : {})}
    >
      {message.kind === "message" ? (
        <>
          <ReadUpToHere session={session} messageId={message.id} />
          <UserMessageRow session={session} message={message} />
        </>
      ) : (
        <AnswerRow session={session} answer={message} />
      )}
      <SeenBy session={session} message={message} />
    </div>
  );
});

/** The message was deleted before its turn, so this answer has no text. The row of the message shows it. */
function isTakenBack(session: Session, message: Message): boolean {
  if (message.kind !== "answer" || message.text !== "" || message.state === "streaming") return false;
  const question = session.getMessage(session.keyOf(message.messageId) ?? "");
  return question?.kind === "message" && question.deletedAt !== undefined;
}

/** Stands above the first message that waits for the end of the current answer. */
function ReadUpToHere({
  session,
  messageId,
}: {
  readonly session: Session;
  readonly messageId: string | undefined;
}): ReactNode {
  const text = useText();
  const [, next] = useRunning(session);
  const answer = next === undefined ? undefined : session.getMessage(session.keyOf(next) ?? "");
  if (answer?.kind !== "answer" || answer.messageId !== messageId) return null;
  return (
    <p className="mb-3 flex items-center gap-3 text-xs text-soft">
      <span aria-hidden className="h-px flex-1 bg-line" />
      {text("conversation.readUpToHere")}
      <span aria-hidden className="h-px flex-1 bg-line" />
    </p>
  );
}

import type { Message, Session } from "@natter/client";
import { useMe, useReadMarks } from "@natter/client/react";
import type { ReactNode } from "react";
import { useText } from "../../locale/use-text.ts";
import { Avatar } from "../../people/avatar.tsx";
import { useNameOf } from "../../people/names.tsx";

/** The others who have read up to this message and no further. */
export function SeenBy({
  session,
  message,
}: {
  readonly session: Session;
  readonly message: Message;
}): ReactNode {
  const text = useText();
  const nameOf = useNameOf();
  const me = useMe(session);
  const marks = useReadMarks(session);
  const readers = Object.values(marks)
    .filter(({ user, messageId }) => messageId === message.id && user.id !== me?.id)
    .map(({ user }) => user);
  if (readers.length === 0) return null;
  const label = text("message.seenBy", { names: readers.map((reader) => nameOf(reader)).join(", ") });
  return (
    <div
      className="mt-1 flex justify-end gap-0.5"
      role="img"
      aria-label={label}
      title={label}
      data-testid="seen-by"
    >
      {readers.map((user) => (
        <Avatar key={user.id} user={user} size="small" />
      ))}
    </div>
  );
}

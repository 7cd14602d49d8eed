import type { Message, Session } from "@natter/client";
import { useMe } from "@natter/client/react";
import { Popover } from "@base-ui/react/popover";
import { SmilePlus } from "lucide-react";
import type { ReactNode } from "react";
import { IconButton } from "../../interface/button.tsx";
import { useAttempt } from "../../interface/use-attempt.ts";
import { useText } from "../../locale/use-text.ts";

const emojis = ["👍", "❤️", "😂", "🎉", "🤔", "👀"];

interface ReactionProperties {
  readonly session: Session;
  readonly message: Message;
}

/** Adds the reaction, or removes it. */
function useToggle({ session, message }: ReactionProperties): (emoji: string) => void {
  const attempt = useAttempt();
  const me = useMe(session);
  return (emoji) => {
    if (message.id === undefined) return;
    attempt(session.react(message.id, emoji, !hasReacted(message, emoji, me?.id)));
  };
}

function hasReacted(message: Message, emoji: string, userId: string | undefined): boolean {
  const reaction = message.reactions.find((candidate) => candidate.emoji === emoji);
  return userId !== undefined && reaction?.users.includes(userId) === true;
}

export function Reactions(properties: ReactionProperties): ReactNode {
  const text = useText();
  const { session, message } = properties;
  const me = useMe(session);
  const toggle = useToggle(properties);
  if (message.reactions.length === 0) return null;
  return (
    <div className="mt-1 flex flex-wrap gap-1">
      {message.reactions.map(({ emoji, count }) => (
        <button
          key={emoji}
          type="button"
          aria-pressed={hasReacted(message, emoji, me?.id)}
          aria-label={text("message.reaction", { emoji, count })}
          onClick={() => toggle(emoji)}
          className="flex items-center gap-1 rounded-full border border-line bg-raised px-2 py-0.5 text-xs aria-pressed:border-accent aria-pressed:bg-mine"
        >
          <span>{emoji}</span>
          <span>{count}</span>
        </button>
      ))}
    </div>
  );
}

export function ReactButton(properties: ReactionProperties): ReactNode {
  const text = useText();
  const toggle = useToggle(properties);
  return (
    <Popover.Root>
      <Popover.Trigger render={<IconButton label={text("message.react")} className="size-7" />}>
        <SmilePlus size={15} aria-hidden />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner side="top" sideOffset={4} className="z-40">
          <Popover.Popup
            aria-label={text("message.react")}
            className="flex gap-0.5 rounded-full border border-line bg-raised p-1 shadow-raised outline-none"
          >
            {emojis.map((emoji) => (
              <Popover.Close
                key={emoji}
                aria-label={text("message.reactWith", { emoji })}
                className="grid size-8 place-items-center rounded-full text-lg hover:bg-hover"
                onClick={() => toggle(emoji)}
              >
                {emoji}
              </Popover.Close>
            ))}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

import { createContext, useContext } from "react";

/** What a person is about to do in a conversation; nobody else sees it. */
export interface ConversationState {
  /** Id of the message that the next one refers to. */
  readonly replyTo: string | undefined;
  readonly setReplyTo: (messageId: string | undefined) => void;
  readonly editLast: () => void;
  /** Something was sent here, or somebody wants to see the latest: the list shows its end. */
  readonly showEnd: () => void;
  /** What the list is to show; another object when it is to show it again. Without a message it is the end. */
  readonly shown: Shown;
  /** Id of the message that somebody has looked for. It is marked. */
  readonly found: string | undefined;
}

export interface Shown {
  readonly messageId?: string;
  /** It was looked for: it may be far back, and comes into the middle. */
  readonly isFound?: boolean;
}

export const ConversationContext: React.Context<ConversationState> = createContext<ConversationState>({
  replyTo: undefined,
  setReplyTo: () => undefined,
  editLast: () => undefined,
  showEnd: () => undefined,
  shown: {},
  found: undefined,
});

export function useConversation(): ConversationState {
  return useContext(ConversationContext);
}

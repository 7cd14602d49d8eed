import { createContext, useContext } from "react";

/** What one person does in a conversation. Nobody else sees it. */
export interface ConversationState {
  /** Id of the message that the next one replies to. */
  readonly replyTo: string | undefined;
  readonly setReplyTo: (messageId: string | undefined) => void;
  readonly editLast: () => void;
  /** Lets the list show its end: the person sent something, or wants to see the latest message. */
  readonly showEnd: () => void;
  /**
   * What the list shows. A new object makes the list show it again. Without a message the list shows its end.
   */
  readonly shown: Shown;
  /** Id of the search hit that was opened. The list marks this message. */
  readonly found: string | undefined;
}

export interface Shown {
  readonly messageId?: string;
  /** It is a search hit. The list loads its page, and shows it in the middle. */
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

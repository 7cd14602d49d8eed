import { createContext, useContext } from "react";

/** What a person is about to do in a conversation; nobody else sees it. */
export interface ConversationState {
  /** Id of the message that the next one refers to. */
  readonly replyTo: string | undefined;
  readonly setReplyTo: (messageId: string | undefined) => void;
  readonly editLast: () => void;
  /** Something was sent here: the list shows it. */
  readonly sent: () => void;
  /** What the list is to show; another object when it is to show it again. Nothing: what was sent, at the end. */
  readonly shown: Shown;
}

export interface Shown {
  /** Key of a message. */
  readonly key?: string;
}

export const ConversationContext: React.Context<ConversationState> = createContext<ConversationState>({
  replyTo: undefined,
  setReplyTo: () => undefined,
  editLast: () => undefined,
  sent: () => undefined,
  shown: {},
});

export function useConversation(): ConversationState {
  return useContext(ConversationContext);
}

import { createContext, useContext } from "react";

/** What a person is about to do in a conversation; nobody else sees it. */
export interface ConversationState {
  /** Id of the message that the next one refers to. */
  readonly replyTo: string | undefined;
  readonly setReplyTo: (messageId: string | undefined) => void;
  /** Key of the message that is being edited. */
  readonly editing: string | undefined;
  readonly setEditing: (key: string | undefined) => void;
  readonly editLast: () => void;
  /** Something was sent here: the list shows it. */
  readonly sent: () => void;
}

export const ConversationContext: React.Context<ConversationState> = createContext<ConversationState>({
  replyTo: undefined,
  setReplyTo: () => undefined,
  editing: undefined,
  setEditing: () => undefined,
  editLast: () => undefined,
  sent: () => undefined,
});

export function useConversation(): ConversationState {
  return useContext(ConversationContext);
}

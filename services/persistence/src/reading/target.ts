import type { RpcQuestion } from "@natter/protocol";
import { keyLength, noKey } from "../store/position-keys.ts";
import type { RowReader } from "../store/store-adapter.ts";
import type { RpcTarget } from "../store/store.ts";
import { deletionOf, readSessionState } from "./session-state.ts";

/** Whether a session has a message and a prompt that somebody wants to do something to. */
export async function readTarget(
  rows: RowReader,
  { sessionId, messageId, promptId }: RpcQuestion<"target">,
): Promise<RpcTarget> {
  const [state, message, prompt] = await Promise.all([
    readSessionState(rows, sessionId),
    rows.messages.place(sessionId, messageId),
    promptId === undefined ? undefined : rows.prompts.byId(sessionId, promptId),
  ]);
  const deletion = deletionOf(state);
  return {
    message: message !== undefined && message.position > deletion,
    prompt: promptId === undefined || isAskedAfter(deletion, prompt?.asked),
    ...(message?.isDeleted ? { deleted: true } : {}),
  };
}

function isAskedAfter(deletion: string, asked: string | undefined): boolean {
  return asked !== undefined && asked !== noKey && asked.slice(0, keyLength) > deletion;
}

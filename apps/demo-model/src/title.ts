/** What the demo model does when the worker asks for a conversation's title. Pure. */
import { words, type ChatMessage } from "./answers.ts";
import { readScript, type Script } from "./script.ts";
import { speechIn } from "./speech.ts";

/** How the worker's instruction begins: services/llm-worker/src/titles/title-request.ts. */
const instruction = "You give conversations their title.";
const titleWords = 6;

export function isTitleRequest(messages: readonly ChatMessage[]): boolean {
  const [first] = messages;
  return first?.role === "system" && first.content.startsWith(instruction);
}

/** The first words of the conversation, whatever its messages tell the model to do. */
export function titleScript(messages: readonly ChatMessage[]): Script {
  const first = speechIn(messages.find(({ role }) => role === "user")?.content ?? "");
  const { command, titleWaitMs } = readScript(first);
  const said = command.name === "talk" || command.name === "echo" ? command.text : withoutCommands(first);
  const text = words(said.trim()).slice(0, titleWords).join("");
  return {
    ...readScript(""),
    command: { name: "echo", text },
    rate: 0,
    waitMs: titleWaitMs ?? 0,
    ...(titleWaitMs === undefined ? { fail: { status: 500, times: Number.POSITIVE_INFINITY } } : {}),
  };
}

/** Of `/rate 200 /count 100` there are no words but these: count 100. */
function withoutCommands(text: string): string {
  return text.slice(text.lastIndexOf("/") + 1);
}

import { request, type IncomingMessage } from "node:http";
import { once } from "node:events";

export interface EventStream extends AsyncDisposable {
  readonly response: IncomingMessage;
  /** What was read so far. */
  readonly text: string;
  readonly isClosed: boolean;
}

/** A reader of server-sent events that can stop reading. */
export async function eventStream(url: string, sessionId: string, query = ""): Promise<EventStream> {
  const outgoing = request(`${url}/api/sessions/${sessionId}/events?${query}`, {
    agent: false,
    headers: { accept: "text/event-stream" },
  });
  outgoing.end();
  const [response] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  let isClosed = false;
  response.setEncoding("utf8");
  response.on("data", (part: string) => (text += part));
  response.on("error", () => undefined);
  response.on("close", () => (isClosed = true));
  return {
    response,
    get text() {
      return text;
    },
    get isClosed() {
      return isClosed;
    },
    async [Symbol.asyncDispose]() {
      outgoing.destroy();
    },
  };
}

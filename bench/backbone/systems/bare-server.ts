/**
 * The baseline: it relays each token of the model to the socket that asked, in natter's frame. It stores
 * nothing, nobody else sees the answer, and a broken connection loses the rest.
 */
import { createServer } from "node:http";
import { WebSocketServer, type WebSocket } from "ws";

const modelUrl = process.env["OPENAI_BASE_URL"] ?? "";
const http = createServer((_request, response) => response.end("bare"));
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });

sockets.on("connection", (socket) => {
  socket.send(JSON.stringify({ type: "connection", message: "connected" }));
  socket.on("message", (data: Buffer) => {
    const { message } = JSON.parse(data.toString()) as { message: string };
    answer(socket, message).catch((error: unknown) => {
      if (socket.readyState !== socket.OPEN) return;
      process.stderr.write(`bare server: ${String(error)}\n`);
      socket.close();
    });
  });
});
http.listen(Number(process.env["PORT"]), "127.0.0.1");

async function answer(socket: WebSocket, message: string): Promise<void> {
  const aborted = new AbortController();
  socket.once("close", () => aborted.abort());
  const response = await fetch(`${modelUrl}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "demo", stream: true, messages: [{ role: "user", content: message }] }),
    signal: aborted.signal,
  });
  const id = crypto.randomUUID();
  let n = 0;
  for await (const line of lines(response)) {
    if (!line.startsWith("data: {")) continue;
    const { choices } = JSON.parse(line.slice(6)) as Completion;
    const chunk = choices[0]?.delta.content;
    if (chunk !== undefined) socket.send(JSON.stringify({ type: "ai_chunk", id, attempt: 1, n: n++, chunk }));
  }
}

interface Completion {
  readonly choices: readonly { readonly delta: { readonly content?: string } }[];
}

async function* lines(response: Response): AsyncGenerator<string, void, undefined> {
  if (!response.ok || !response.body) throw new Error(`the model answered ${response.status}`);
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

import { once } from "node:events";
import { connect } from "node:net";

const answerMs = 5_000;

/**
 * Asks a gateway for something and tears the connection down: at once, after a moment, or after the first
 * bytes of the answer.
 */
export async function askAndTear(
  address: string,
  path: string,
  when: "at once" | "soon" | "answered",
): Promise<void> {
  const [host = "", port = ""] = address.split(":");
  const socket = connect(Number(port), host);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(
    [
      `GET ${path} HTTP/1.1`,
      `Host: ${address}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "\r\n",
    ].join("\r\n"),
  );
  if (when === "soon") await new Promise((resolve) => setTimeout(resolve, 3));
  if (when === "answered") await once(socket, "data", { signal: AbortSignal.timeout(answerMs) });
  socket.resetAndDestroy();
}

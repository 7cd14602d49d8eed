import type { ServerFrame, ServerFrameOf, ServerFrameType } from "@natter/protocol";
import { waitFor } from "./wait-for.ts";

/** A bare WebSocket that remembers every frame it saw. */
export class ChatClient {
  readonly socket: WebSocket;
  readonly frames: ServerFrame[] = [];
  /** The close code, once it is closed. */
  closeCode: number | undefined;

  private constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.addEventListener("message", ({ data }) =>
      this.frames.push(JSON.parse(String(data)) as ServerFrame),
    );
    this.socket.addEventListener("close", ({ code }) => {
      this.closeCode = code;
    });
  }

  /**
   * Resolves once `connection` has come.
   *
   * @param gatewayUrl `http://…`, as natter prints it
   * @param query for example `{ since, name, guest }`
   */
  static async connect(
    gatewayUrl: string,
    sessionId: string,
    query: Record<string, string> = {},
  ): Promise<ChatClient> {
    const search = new URLSearchParams(query).toString();
    const path = `/ws/chat/${sessionId}/${search === "" ? "" : `?${search}`}`;
    const client = new ChatClient(gatewayUrl.replace(/^http/, "ws") + path);
    await client.next("connection");
    return client;
  }

  get connection(): ServerFrameOf<"connection"> {
    return this.all("connection")[0] ?? fail("there was no connection frame");
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Every frame of a type, in the order of coming. */
  all<T extends ServerFrameType>(type: T): ServerFrameOf<T>[] {
    return this.frames.filter((frame) => frame.type === type) as unknown as ServerFrameOf<T>[];
  }

  /** The first frame of a type that fits; waits for it. */
  async next<T extends ServerFrameType>(
    type: T,
    fits: (frame: ServerFrameOf<T>) => boolean = () => true,
    timeoutMs = 15_000,
  ): Promise<ServerFrameOf<T>> {
    const what = `a ${type} frame`;
    return waitFor(() => this.all(type).find((frame) => fits(frame)), { what, timeoutMs }).catch(
      (error: unknown) => {
        const seen = this.frames.map((frame) => frame.type).join(" ");
        throw new Error(`waited in vain for ${what}; came: ${seen}; closed: ${this.closeCode ?? "no"}`, {
          cause: error,
        });
      },
    );
  }

  /** Sends a message and waits for the end of its reply. */
  async converse(message: string): Promise<ServerFrameOf<"ai_complete">> {
    const before = this.all("message").length;
    this.send({ message });
    const asked = await waitFor(
      () =>
        this.all("message")
          .slice(before)
          .find((frame) => frame.message === message),
      { what: "the message itself" },
    );
    return this.next("ai_complete", (frame) => frame.messageId === asked.id, 30_000);
  }

  /** What the chunks of a reply's last attempt say together. */
  streamed(replyId: string): string {
    const ofReply = this.all("ai_chunk").filter((frame) => frame.id === replyId);
    const attempt = Math.max(...ofReply.map((frame) => frame.attempt));
    const chunks = ofReply.filter((frame) => frame.attempt === attempt);
    // What came before such a chunk was a thought, too.
    const first = chunks.findLastIndex((frame) => frame.takesText) + 1;
    return chunks
      .slice(first)
      .filter((frame) => frame.part === undefined)
      .map((frame) => frame.chunk)
      .join("");
  }

  async close(): Promise<void> {
    this.socket.close();
    await waitFor(() => this.closeCode !== undefined, { what: "the socket to close" });
  }
}

function fail(message: string): never {
  throw new Error(message);
}

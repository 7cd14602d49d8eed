import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { waitFor } from "@natter/testing";

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const endOfHead = Buffer.from("\r\n\r\n");

/** A TCP connection that says exactly what it is told to, also what no WebSocket library would. */
export class RawSocket {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data) => (this.#received = Buffer.concat([this.#received, data as Buffer])));
    socket.on("error", () => undefined);
    socket.on("close", () => (this.isClosed = true));
  }

  static async connect(port: number): Promise<RawSocket> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawSocket(socket);
  }

  /** The same, upgraded. @param headers further lines of the request */
  static async upgrade(port: number, path: string, headers: readonly string[] = []): Promise<RawSocket> {
    const raw = await RawSocket.connect(port);
    raw.write(upgradeRequest(path, headers));
    await raw.head();
    return raw;
  }

  write(bytes: Buffer | string): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Status line and headers of the answer. */
  async head(): Promise<string> {
    return waitFor(
      () => {
        const end = this.#received.indexOf(endOfHead);
        if (end !== -1) return this.#received.subarray(0, end).toString("latin1");
        return this.isClosed ? "closed" : undefined;
      },
      { what: "an answer" },
    );
  }

  /** Everything so far, once `word` is in it. */
  async textWith(word: string): Promise<string> {
    return waitFor(
      () => {
        const text = this.#received.toString("latin1");
        return text.includes(word) ? text : undefined;
      },
      { what: JSON.stringify(word) },
    );
  }

  /** @returns 0 if the connection ended without an answer */
  async status(): Promise<number> {
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(await this.head())?.[1] ?? 0);
  }

  /** The code of the server's close frame; 1006 if the connection ended without one. */
  async closeCode(): Promise<number> {
    return waitFor(() => this.#findClose() ?? (this.isClosed ? 1_006 : undefined), {
      what: "a close frame",
    });
  }

  end(): void {
    this.#socket.destroy();
  }

  /** Frames of a server are not masked. */
  #findClose(): number | undefined {
    let rest = this.#received.subarray(this.#received.indexOf(endOfHead) + endOfHead.length);
    while (rest.length >= 2) {
      const opcode = rest.readUInt8(0) & 0x0f;
      const short = rest.readUInt8(1) & 0x7f;
      const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
      if (rest.length < headBytes) return undefined;
      const length =
        short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
      if (rest.length < headBytes + length) return undefined;
      if (opcode === 8) return length >= 2 ? rest.readUInt16BE(headBytes) : 1_005;
      rest = rest.subarray(headBytes + length);
    }
    return undefined;
  }
}

export function upgradeRequest(path: string, headers: readonly string[] = []): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${key}`,
    ...headers,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

export interface FrameShape {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly rsv?: number;
  readonly masked?: boolean;
  /** Said instead of the true length. */
  readonly length?: bigint;
}

/** A WebSocket frame, also one that must not be. The mask is zero, so the payload is as it is. */
export function wireFrame(payload: Buffer | string, shape: FrameShape = {}): Buffer {
  const { opcode = 1, fin = true, rsv = 0, masked = true } = shape;
  const body = Buffer.from(payload);
  const length = shape.length ?? BigInt(body.length);
  const mask = masked ? 0x80 : 0;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  const head = Buffer.alloc(length < 126n ? 2 : length < 65_536n ? 4 : 10);
  head.writeUInt8(first, 0);
  head.writeUInt8(mask | (head.length === 2 ? Number(length) : head.length === 4 ? 126 : 127), 1);
  if (head.length === 4) head.writeUInt16BE(Number(length), 2);
  if (head.length === 10) head.writeBigUInt64BE(length, 2);
  return Buffer.concat([head, Buffer.alloc(masked ? 4 : 0), body]);
}

import { createServer, connect, type Server, type Socket } from "node:net";
import { once } from "node:events";

/** What stands before the gateways of a real natter: one address, whichever of them serves. */
export class FrontDoor implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #target: URL;
  /** As a proxy that does not know WebSockets. */
  refusesWebSockets = false;
  /** As a network that is away. */
  isClosed = false;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((socket) => this.#take(socket));
  }

  static async open(target: string): Promise<FrontDoor> {
    const door = new FrontDoor(target);
    door.#server.listen(0, "127.0.0.1");
    await once(door.#server, "listening");
    return door;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  /** Where new connections go. */
  leadTo(target: string): void {
    this.#target = new URL(target);
  }

  /** Breaks every connection. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakAll();
    this.#server.close();
    await once(this.#server, "close");
  }

  #take(socket: Socket): void {
    this.#hold(socket);
    if (this.isClosed) return void socket.destroy();
    const gateway = connect(Number(this.#target.port), this.#target.hostname);
    this.#hold(gateway);
    // A client may ask for a socket on a connection that it has used for something else before.
    socket.on("data", (bytes: Buffer) => {
      if (this.refusesWebSockets && /^upgrade: websocket/im.test(bytes.toString()))
        socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
      else gateway.write(bytes);
    });
    gateway.pipe(socket);
    gateway.on("close", () => socket.destroy());
    socket.on("close", () => gateway.destroy());
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

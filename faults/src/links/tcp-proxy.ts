import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** `up` is from whoever connected, `down` is what they are answered. */
export type Direction = "up" | "down";
const directions: readonly Direction[] = ["up", "down"];

/** Sees the bytes of one direction of one connection, and says what goes on; `undefined` tears it down. */
export type Filter = (bytes: Buffer) => Buffer | undefined;

/** Bytes, or the end of a connection, on their way. */
interface Parcel {
  dueAtMs: number;
  readonly deliver: () => void;
}

interface Lane {
  readonly from: Socket;
  readonly to: Socket;
  readonly filter: Filter | undefined;
  readonly parcels: Parcel[];
  timer: NodeJS.Timeout | undefined;
}

type Link = Readonly<Record<Direction, Lane>>;

/**
 * A link between two processes that can be cut, slowed and silenced. A silent direction loses nothing, just as
 * the TCP of a broken network would not: what was sent arrives when it heals, unless somebody gave up before.
 */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #createFilter: ((direction: Direction) => Filter) | undefined;
  readonly #links = new Set<Link>();
  readonly #silent: Record<Direction, boolean> = { up: false, down: false };
  #isCut = false;
  #delayMs = 0;
  #isSliced = false;
  #hangUps = 0;
  #upsets = 0;

  private constructor(server: Server, createFilter: ((direction: Direction) => Filter) | undefined) {
    this.#server = server;
    this.#createFilter = createFilter;
  }

  /** @param createFilter makes what looks into one direction of each connection */
  static async open(
    target: { host: string; port: number },
    createFilter?: (direction: Direction) => Filter,
  ): Promise<TcpProxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    const proxy = new TcpProxy(server, createFilter);
    server.on("connection", (near) => proxy.#onConnection(near, target));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many connections there are now. */
  get connections(): number {
    return this.#links.size;
  }

  /** How many connections the far end has given up, told or not. */
  get hangUps(): number {
    return this.#hangUps;
  }

  /** How often something was done to it. */
  get upsets(): number {
    return this.#upsets;
  }

  /** Tears down every connection and refuses new ones. */
  cut(): void {
    this.#isCut = true;
    this.reset();
  }

  /** Tears down every connection with a RST; new ones are welcome. */
  reset(): void {
    this.#upsets++;
    for (const link of this.#links) this.#tear(link);
  }

  /** Nothing arrives any more in these directions, and nobody is told. */
  silence(...silent: readonly Direction[]): void {
    this.#upsets++;
    for (const direction of silent) this.#silent[direction] = true;
  }

  /** Everything arrives this much later. */
  delay(delayMs: number): void {
    this.#upsets++;
    this.#delayMs = delayMs;
  }

  /** Every byte in a segment of its own. */
  slice(): void {
    this.#isSliced = true;
  }

  /** As if nothing had been. What was held back arrives now. */
  heal(): void {
    this.#isCut = false;
    this.#delayMs = 0;
    this.#isSliced = false;
    for (const direction of directions) {
      this.#silent[direction] = false;
      for (const { [direction]: lane } of this.#links) {
        for (const parcel of lane.parcels) parcel.dueAtMs = 0;
        this.#deliverDue(lane, direction);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #onConnection(near: Socket, target: { host: string; port: number }): void {
    near.on("error", () => undefined);
    if (this.#isCut) return void near.resetAndDestroy();
    const far = connect({ ...target, noDelay: true, allowHalfOpen: true });
    far.on("error", () => undefined);
    const lane = (from: Socket, to: Socket, direction: Direction): Lane => ({
      from,
      to,
      filter: this.#createFilter?.(direction),
      parcels: [],
      timer: undefined,
    });
    const link: Link = { up: lane(near, far, "up"), down: lane(far, near, "down") };
    this.#links.add(link);
    this.#carry(link, "up");
    this.#carry(link, "down");
  }

  #carry(link: Link, direction: Direction): void {
    const { [direction]: lane } = link;
    const { from, to } = lane;
    const send = (deliver: () => void): void => {
      lane.parcels.push({ dueAtMs: this.#delayMs === 0 ? 0 : performance.now() + this.#delayMs, deliver });
      this.#deliverDue(lane, direction);
    };
    from.on("data", (bytes: Buffer) => send(() => this.#write(link, lane, bytes)));
    from.on("end", () => {
      if (direction === "down") this.#hangUps++;
      send(() => void to.end());
    });
    from.on("close", (hadError) => {
      // An end was counted before it.
      if (direction === "down" && !from.readableEnded) this.#hangUps++;
      send(() => {
        if (hadError) to.resetAndDestroy();
        else to.destroySoon();
        if (from.destroyed && to.destroyed) this.#links.delete(link);
      });
    });
  }

  /** In the order of coming, whatever was in force when they came. */
  #deliverDue(lane: Lane, direction: Direction): void {
    clearTimeout(lane.timer);
    while (!this.#silent[direction]) {
      const [parcel] = lane.parcels;
      if (!parcel) return;
      const restMs = parcel.dueAtMs - performance.now();
      if (restMs > 0) {
        lane.timer = setTimeout(() => this.#deliverDue(lane, direction), restMs);
        return;
      }
      lane.parcels.shift();
      parcel.deliver();
    }
  }

  #write(link: Link, { from, to, filter }: Lane, bytes: Buffer): void {
    const passed = filter ? filter(bytes) : bytes;
    if (passed === undefined) return this.#tear(link);
    if (passed.length === 0 || to.destroyed || to.writableEnded) return;
    if (this.#isSliced) {
      for (const byte of passed) to.write(Buffer.of(byte));
      return;
    }
    if (to.write(passed) || from.isPaused()) return;
    from.pause();
    to.once("drain", () => from.resume());
  }

  #tear(link: Link): void {
    this.#links.delete(link);
    for (const direction of directions) {
      clearTimeout(link[direction].timer);
      link[direction].parcels.length = 0;
      link[direction].from.resetAndDestroy();
    }
  }
}

import { judging, type Judge } from "./broker-frames.ts";
import { TcpProxy, type Direction } from "./tcp-proxy.ts";

/** The link of one process to the broker. Single messages can be lost on it. */
export class BrokerLine implements AsyncDisposable {
  readonly proxy: TcpProxy;
  readonly #judges: Record<Direction, Judge | undefined>;

  #judgements = 0;

  private constructor(proxy: TcpProxy, judges: Record<Direction, Judge | undefined>) {
    this.proxy = proxy;
    this.#judges = judges;
  }

  static async open(brokerPort: number): Promise<BrokerLine> {
    const judges: Record<Direction, Judge | undefined> = { up: undefined, down: undefined };
    const target = { host: "127.0.0.1", port: brokerPort };
    const proxy = await TcpProxy.open(target, (direction) => judging(() => judges[direction]));
    return new BrokerLine(proxy, judges);
  }

  /** How often something was done to it. */
  get upsets(): number {
    return this.proxy.upsets + this.#judgements;
  }

  /** From now on `judge` is asked about each frame that goes in this direction. */
  judge(direction: Direction, judge: Judge): void {
    this.#judgements++;
    this.#judges[direction] = judge;
  }

  heal(): void {
    this.#judges.up = undefined;
    this.#judges.down = undefined;
    this.proxy.heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy[Symbol.asyncDispose]();
  }
}

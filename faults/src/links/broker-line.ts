import { judging, type Judge } from "./broker-frames.ts";
import { ProxyGroup } from "./proxy-group.ts";
import { TcpProxy, type Direction } from "./tcp-proxy.ts";

/** The link of one process to the broker, with a proxy for each of its servers. Single messages can be lost on it. */
export class BrokerLine implements AsyncDisposable {
  readonly proxy: ProxyGroup;
  readonly #each: readonly TcpProxy[];
  readonly #judges: Record<Direction, Judge | undefined>;

  #judgements = 0;

  private constructor(each: readonly TcpProxy[], judges: Record<Direction, Judge | undefined>) {
    this.#each = each;
    this.proxy = new ProxyGroup(each);
    this.#judges = judges;
  }

  /** @param ports where the servers listen */
  static async open(ports: readonly number[]): Promise<BrokerLine> {
    const judges: Record<Direction, Judge | undefined> = { up: undefined, down: undefined };
    const each: TcpProxy[] = [];
    for (const port of ports)
      each.push(
        await TcpProxy.open({ host: "127.0.0.1", port }, (direction) => judging(() => judges[direction])),
      );
    return new BrokerLine(each, judges);
  }

  /** For `NATS_URL`. */
  get url(): string {
    return this.#each.map(({ port }) => `nats://127.0.0.1:${port}`).join(",");
  }

  /** How often something was done to it. */
  get upsets(): number {
    return this.proxy.upsets + this.#judgements;
  }

  /** The link to one server, by its index. */
  to(server: number): ProxyGroup {
    return new ProxyGroup(this.#each.slice(server, server + 1));
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

import { ProxyGroup } from "./proxy-group.ts";
import { TcpProxy } from "./tcp-proxy.ts";

interface Route {
  /** Indexes of servers. `from` is the one that connects. */
  readonly from: number;
  readonly to: number;
  readonly proxy: TcpProxy;
}

/** The links between the servers of a broker. Each pair has two, because each of the two connects to the other. */
export class Routes implements AsyncDisposable {
  readonly #routes: readonly Route[];

  private constructor(routes: readonly Route[]) {
    this.#routes = routes;
  }

  /** @param ports where the servers listen for each other */
  static async open(ports: readonly number[]): Promise<Routes> {
    const routes: Route[] = [];
    for (const from of ports.keys())
      for (const [to, port] of ports.entries())
        if (from !== to) routes.push({ from, to, proxy: await TcpProxy.open({ host: "127.0.0.1", port }) });
    return new Routes(routes);
  }

  /** Where the server connects to reach the others. */
  portsOf(server: number): number[] {
    return this.#routes.filter(({ from }) => from === server).map(({ proxy }) => proxy.port);
  }

  /** All links of the server. */
  of(server: number): ProxyGroup {
    return this.#group(({ from, to }) => from === server || to === server);
  }

  between(one: number, other: number): ProxyGroup {
    return this.#group(({ from, to }) => (from === one && to === other) || (from === other && to === one));
  }

  heal(): void {
    this.#group(() => true).heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#group(() => true)[Symbol.asyncDispose]();
  }

  #group(isMeant: (route: Route) => boolean): ProxyGroup {
    return new ProxyGroup(this.#routes.filter(isMeant).map(({ proxy }) => proxy));
  }
}

import type { Direction, TcpProxy } from "./tcp-proxy.ts";

/** Several proxies to which the same is done. */
export class ProxyGroup {
  readonly #proxies: readonly TcpProxy[];

  constructor(proxies: readonly TcpProxy[]) {
    this.#proxies = proxies;
  }

  /** How often something was done to one of them. */
  get upsets(): number {
    return this.#proxies.reduce((sum, { upsets }) => sum + upsets, 0);
  }

  cut(): void {
    for (const proxy of this.#proxies) proxy.cut();
  }

  reset(): void {
    for (const proxy of this.#proxies) proxy.reset();
  }

  silence(...silent: readonly Direction[]): void {
    for (const proxy of this.#proxies) proxy.silence(...silent);
  }

  delay(delayMs: number): void {
    for (const proxy of this.#proxies) proxy.delay(delayMs);
  }

  heal(): void {
    for (const proxy of this.#proxies) proxy.heal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies) await proxy[Symbol.asyncDispose]();
  }
}

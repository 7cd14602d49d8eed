import type { Link, LinkListener, OpenLink } from "./link.ts";

/** Links whose code is loaded when the first of them is opened. */
export function lateLinks(load: () => Promise<OpenLink>): OpenLink {
  return (...request) => new LateLink(load(), request);
}

class LateLink implements Link {
  #link: Link | undefined;
  #listener: LinkListener | undefined;

  constructor(loading: Promise<OpenLink>, request: Parameters<OpenLink>) {
    const [sessionId, since, listener] = request;
    this.#listener = listener;
    loading.then(
      (open) => {
        if (this.#listener) this.#link = open(sessionId, since, this.#listener);
      },
      (error: unknown) => this.#listener?.closed({ code: 1006, reason: String(error), wasOpen: false }),
    );
  }

  send(frame: string): void {
    this.#link?.send(frame);
  }

  close(): void {
    this.#listener = undefined;
    this.#link?.close();
  }
}

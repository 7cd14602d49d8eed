import type { Filter } from "./tcp-proxy.ts";

/** One protocol frame between a client and nats-server, in either direction. */
export interface BrokerFrame {
  /** For example `PUB` or `HMSG`, in capitals. */
  readonly verb: string;
  /** Of PUB, HPUB, MSG and HMSG; else empty. */
  readonly subject: string;
  /** Headers and payload as they are; else empty. */
  readonly body: Buffer;
  /** The whole frame. */
  readonly bytes: Buffer;
}

export type Judgement = "pass" | "drop" | "reset";

const lineEnd = Buffer.from("\r\n");
const withBody = new Set(["PUB", "HPUB", "MSG", "HMSG"]);

/** Cuts a stream of bytes into the frames of the NATS protocol. */
class BrokerFrames {
  #rest: Buffer = Buffer.alloc(0);

  push(bytes: Buffer): BrokerFrame[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: BrokerFrame[] = [];
    for (let frame = this.#take(); frame; frame = this.#take()) frames.push(frame);
    return frames;
  }

  #take(): BrokerFrame | undefined {
    const end = this.#rest.indexOf(lineEnd);
    if (end === -1) return undefined;
    const words = this.#rest
      .subarray(0, end)
      .toString("latin1")
      .split(/[ \t]+/);
    const verb = (words[0] ?? "").toUpperCase();
    const hasBody = withBody.has(verb);
    const bodyBytes = hasBody ? Number(words.at(-1)) : 0;
    const bodyBegin = end + lineEnd.length;
    const length = bodyBegin + (hasBody ? bodyBytes + lineEnd.length : 0);
    if (this.#rest.length < length) return undefined;
    const frame: BrokerFrame = {
      verb,
      subject: hasBody ? (words[1] ?? "") : "",
      body: this.#rest.subarray(bodyBegin, bodyBegin + bodyBytes),
      bytes: this.#rest.subarray(0, length),
    };
    this.#rest = this.#rest.subarray(length);
    return frame;
  }
}

/** Says of each frame whether it goes on. */
export type Judge = (frame: BrokerFrame) => Judgement;

/** A filter that asks for each frame who judges it now. */
export function judging(current: () => Judge | undefined): Filter {
  const frames = new BrokerFrames();
  return (bytes) => {
    const passed: Buffer[] = [];
    for (const frame of frames.push(bytes)) {
      const judgement = current()?.(frame) ?? "pass";
      if (judgement === "reset") return undefined;
      if (judgement === "pass") passed.push(frame.bytes);
    }
    return Buffer.concat(passed);
  };
}

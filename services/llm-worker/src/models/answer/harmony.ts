/** The format of gpt-oss, where a server does not read it: channels of messages between tokens. Pure but for its own state. */

type Emit = (type: "text" | "reasoning", text: string) => void;

const token = /<\|(start|channel|message|constrain|end|return|call)\|>/;
const longestToken = "<|constrain|>".length;
/** A header is a role and a channel; what is longer is none. */
const maxHeaderLength = 200;

/** `final` is the answer, every other channel is reasoning. What stands outside of messages is neither. */
export class HarmonyReader {
  readonly #emit: Emit;
  #pending = "";
  #place: "outside" | "header" | "body" = "outside";
  #header = "";
  #channel = "final";
  /** Whether something but blanks stands outside of messages, since the last one. */
  #isOutsideBegun = false;

  constructor(emit: Emit) {
    this.#emit = emit;
  }

  push(text: string): void {
    this.#pending += text;
    for (let found = token.exec(this.#pending); found; found = token.exec(this.#pending)) {
      this.#onText(this.#pending.slice(0, found.index));
      this.#pending = this.#pending.slice(found.index + found[0].length);
      this.#onToken(found[1] ?? "");
    }
    const held = heldLength(this.#pending);
    this.#onText(this.#pending.slice(0, this.#pending.length - held));
    this.#pending = this.#pending.slice(this.#pending.length - held);
  }

  flush(): void {
    this.#onText(this.#pending);
    this.#pending = "";
  }

  #onToken(name: string): void {
    this.#isOutsideBegun = false;
    if (name === "message") {
      const channel = /(analysis|commentary|final)/.exec(this.#header);
      if (channel?.[1] !== undefined) this.#channel = channel[1];
      this.#place = "body";
      this.#header = "";
    } else if (name === "start" || name === "channel" || name === "constrain") {
      if (name === "start") this.#header = "";
      this.#place = "header";
    } else this.#place = "outside";
  }

  #onText(text: string): void {
    if (text === "") return;
    if (this.#place === "body") this.#emit(this.#channel === "final" ? "text" : "reasoning", text);
    else if (this.#place === "header") this.#header = (this.#header + text).slice(-maxHeaderLength);
    // A server that leaves tokens out after the first message goes on with the answer.
    else {
      const said = this.#isOutsideBegun ? text : text.trimStart();
      if (said === "") return;
      this.#isOutsideBegun = true;
      this.#emit("text", said);
    }
  }
}

function heldLength(text: string): number {
  const begin = text.lastIndexOf("<", text.length);
  if (begin === -1 || text.length - begin >= longestToken) return 0;
  return /^<(?:\|[a-z]*\|?)?$/.test(text.slice(begin)) ? text.length - begin : 0;
}

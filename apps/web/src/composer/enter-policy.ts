/**
 * What Enter means while an input method is at work.
 *
 * Korean has no list of candidates: whoever presses Enter in the middle of a syllable wants to send, once, with that
 * syllable. Japanese and Chinese have one, and Enter chooses from it: it must never send. Browsers disagree about
 * the order of `keydown` and `compositionend`, and some report Enter a second time when the composition is over.
 */
export class EnterPolicy {
  #isComposing = false;
  #isHangul = false;
  #sendsAtEnd = false;

  compositionStart(): void {
    this.#isComposing = true;
    this.#isHangul = false;
    this.#sendsAtEnd = false;
  }

  compositionUpdate(composed: string): void {
    // It ends with an empty text when it is taken back.
    if (composed !== "") this.#isHangul = endsInHangul(composed);
  }

  /** @returns whether to send now that the last syllable is in the field */
  compositionEnd(composed: string): boolean {
    this.compositionUpdate(composed);
    this.#isComposing = false;
    const sends = this.#sendsAtEnd;
    this.#sendsAtEnd = false;
    return sends;
  }

  /** `wait`: it is sent when the composition ends. `leave`: it is the input method's, or no Enter at all. */
  keyDown(key: EnterKey): "send" | "wait" | "leave" {
    const isEnter = key.key === "Enter" || key.code === "Enter" || key.code === "NumpadEnter";
    if (!isEnter || key.shiftKey) return "leave";
    if (!key.isComposing && key.keyCode !== processedByInputMethod) return "send";
    if (!this.#isHangul) return "leave";
    // Safari ends the composition before it reports the key.
    if (!this.#isComposing) return "send";
    this.#sendsAtEnd = true;
    return "wait";
  }
}

export interface EnterKey {
  readonly key: string;
  readonly code: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly shiftKey: boolean;
}

const processedByInputMethod = 229;

/** Syllables, and the letters that they are put together from. */
const hangul = /[\uAC00-\uD7A3\u1100-\u11FF\u3130-\u318F\uA960-\uA97F\uD7B0-\uD7FF]$/;

function endsInHangul(text: string): boolean {
  return hangul.test(text);
}

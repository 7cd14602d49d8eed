/**
 * Decides what Enter means while an input method composes.
 *
 * A Korean input method has no list of candidates. Enter in the middle of a syllable means "send", once, with
 * that syllable. Japanese and Chinese input methods have a list, and Enter chooses from it. That Enter must
 * not send. Browsers differ in the order of `keydown` and `compositionend`, and some report Enter a second
 * time after the composition.
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
    // A composition that the person cancels ends with an empty text.
    if (composed !== "") this.#isHangul = endsInHangul(composed);
  }

  /** @returns whether to send now, as the last syllable is in the field */
  compositionEnd(composed: string): boolean {
    this.compositionUpdate(composed);
    this.#isComposing = false;
    const sends = this.#sendsAtEnd;
    this.#sendsAtEnd = false;
    return sends;
  }

  /**
   * `wait`: send when the composition ends. `leave`: the key belongs to the input method, or is not Enter.
   */
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

/** Hangul syllables and letters. */
const hangul = /[\uAC00-\uD7A3\u1100-\u11FF\u3130-\u318F\uA960-\uA97F\uD7B0-\uD7FF]$/;

function endsInHangul(text: string): boolean {
  return hangul.test(text);
}

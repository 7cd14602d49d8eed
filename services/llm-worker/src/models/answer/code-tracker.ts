const backtick = 0x60;
const tilde = 0x7e;
const blank = 0x20;
const lineFeed = 0x0a;
const fenceLength = 3;

/** Whether a growing text is inside of Markdown's code at its end: between backticks, or in a fenced block. */
export class CodeTracker {
  /** The mark of the block's fence and how many of them opened it. */
  #fence: { readonly mark: number; readonly length: number } | undefined;
  /** How many backticks opened the inline code; 0: none is open. */
  #inline = 0;
  /** The marks at hand. */
  #mark = 0;
  #marks = 0;
  /** Whether only blanks stand before the marks at hand in their line. */
  #isLineStart = true;

  push(text: string): void {
    for (let index = 0; index < text.length; index++) this.#step(text.charCodeAt(index));
  }

  /** As `push(text)` would leave it. */
  isCodeAfter(text: string): boolean {
    const copy = new CodeTracker();
    copy.#fence = this.#fence;
    copy.#inline = this.#inline;
    copy.#mark = this.#mark;
    copy.#marks = this.#marks;
    copy.#isLineStart = this.#isLineStart;
    copy.push(text);
    copy.#endMarks();
    return copy.#fence !== undefined || copy.#inline > 0;
  }

  #step(code: number): void {
    if (code === backtick || code === tilde) {
      if (this.#marks > 0 && this.#mark !== code) this.#endMarks();
      this.#mark = code;
      this.#marks++;
      return;
    }
    if (this.#marks > 0) this.#endMarks();
    if (code === lineFeed) {
      this.#isLineStart = true;
      // Inline code ends with its line, so that one lone backtick does not hide all that follows.
      this.#inline = 0;
    } else if (code !== blank) this.#isLineStart = false;
  }

  #endMarks(): void {
    const [mark, length] = [this.#mark, this.#marks];
    this.#marks = 0;
    const isFence = this.#isLineStart && length >= fenceLength;
    this.#isLineStart = false;
    if (this.#fence) {
      if (isFence && mark === this.#fence.mark && length >= this.#fence.length) this.#fence = undefined;
    } else if (isFence) this.#fence = { mark, length };
    else if (mark === backtick && length > 0)
      this.#inline = this.#inline === 0 ? length : this.#inline === length ? 0 : this.#inline;
  }
}

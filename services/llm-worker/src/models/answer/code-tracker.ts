/** Whether a growing text is inside of Markdown's code at its end: between backticks or in a fenced block. */
export class CodeTracker {
  #isFenced = false;
  #isInline = false;
  #backticks = 0;

  push(text: string): void {
    if (!text.includes("`") && this.#backticks === 0 && !this.#isInline) return;
    for (let index = 0; index < text.length; index++) this.#step(text.charCodeAt(index));
  }

  /** As `push(text)` would leave it. */
  isCodeAfter(text: string): boolean {
    const copy = new CodeTracker();
    copy.#isFenced = this.#isFenced;
    copy.#isInline = this.#isInline;
    copy.#backticks = this.#backticks;
    copy.push(text);
    copy.#endRun();
    return copy.#isFenced || copy.#isInline;
  }

  #step(code: number): void {
    if (code === 0x60) {
      this.#backticks++;
      return;
    }
    this.#endRun();
    // Inline code ends with its line, so that one lone backtick does not hide all that follows.
    if (code === 0x0a) this.#isInline = false;
  }

  #endRun(): void {
    if (this.#backticks >= 3) {
      this.#isFenced = !this.#isFenced;
      this.#isInline = false;
    } else if (this.#backticks > 0 && !this.#isFenced) this.#isInline = !this.#isInline;
    this.#backticks = 0;
  }
}

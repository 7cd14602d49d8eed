/** Sizes on the wire, in bytes of encoded JSON. Pure. */
const encoder = new TextEncoder();

export function jsonBytes(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

/** The size of a text without its quotes. Quotes and line breaks inside are escaped. */
export function encodedBytes(text: string): number {
  return jsonBytes(text) - 2;
}

/** The longest beginning of `text` that has at most `bytes` bytes and ends with a whole character. */
export function fitting(text: string, bytes: number): string {
  if (encodedBytes(text) <= bytes) return text;
  let fits = 0;
  let tooLong = Math.min(text.length, bytes + 1);
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    if (encodedBytes(text.slice(0, middle)) <= bytes) fits = middle;
    else tooLong = middle;
  }
  return text.slice(0, isHighSurrogate(text.charCodeAt(fits - 1)) ? fits - 1 : fits);
}

export function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

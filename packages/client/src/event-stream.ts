/** One server-sent event. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
}

/**
 * Takes an event stream apart. Lines may end in CR, LF or both, and chunks anywhere, also inside of characters.
 * `alive` is called for everything that came, comments too.
 */
export async function readEventStream(
  body: ReadableStream<Uint8Array>,
  listener: { event(event: StreamEvent): void; alive(): void },
): Promise<void> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<string>;
  let rest = "";
  let type = "";
  let data: string[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    listener.alive();
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) listener.event({ type, data: data.join("\n") });
        type = "";
        data = [];
        continue;
      }
      const [, field, text = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === "data") data.push(text);
      else if (field === "event") type = text;
    }
  }
}

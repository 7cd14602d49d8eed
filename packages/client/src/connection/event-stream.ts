/** One server-sent event. */
export interface StreamEvent {
  readonly type: string;
  readonly data: string;
}

export interface StreamListener {
  event(event: StreamEvent): void;
  /** Something came, and be it a comment. */
  alive(): void;
}

/**
 * Takes an event stream apart. Lines end in LF or CR LF, and chunks anywhere, also inside of characters.
 */
export async function readEventStream(
  body: ReadableStream<Uint8Array>,
  listener: StreamListener,
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
    const lines = (rest + value).split(/\r?\n/);
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

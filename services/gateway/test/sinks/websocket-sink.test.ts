import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { closeCodes, encodeFrame, limits } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { SocketSink } from "../../src/sinks/websocket-sink.ts";
import { messageEvent, newSession, replyFrames, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/** More than the kernels of both ends hold for a reader that does not read, and 1 MiB. */
const manyBytes = 40 * 1_024 * 1_024;
const chunkBytes = 32 * 1_024;
const atOnce = 16;

interface Heard {
  readonly type: string;
  readonly n?: number;
  readonly from?: number;
  readonly chunk?: string;
}

/** Two ends of one WebSocket: what the near one owes can be seen. */
class Pair implements AsyncDisposable {
  readonly near: WebSocket;
  readonly tcp: Socket;
  readonly far: WebSocket;
  readonly #close: () => Promise<void>;

  private constructor(ends: { near: WebSocket; tcp: Socket; far: WebSocket }, close: () => Promise<void>) {
    this.near = ends.near;
    this.tcp = ends.tcp;
    this.far = ends.far;
    this.#close = close;
  }

  static async open(): Promise<Pair> {
    const server = createServer();
    const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const far = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const [[near, request]] = (await Promise.all([once(webSockets, "connection"), once(far, "open")])) as [
      [WebSocket, IncomingMessage],
      unknown,
    ];
    return new Pair({ near, tcp: request.socket, far }, async () => {
      far.terminate();
      near.terminate();
      server.close();
      await once(server, "close");
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

/** The numbers of the chunks, also of those that came joined. */
function placesOf(chunks: readonly { readonly n: number; readonly from?: number | undefined }[]): number[] {
  return chunks.flatMap(({ n, from = n }) =>
    Array.from({ length: n - from + 1 }, (_, index) => from + index),
  );
}

/** A sink whose reader does not read: it owes so much that chunks are merged. */
async function blocked(pair: Pair): Promise<{ sink: SocketSink; frames: Heard[] }> {
  const sink = new SocketSink(pair.near, pair.tcp, { onGrowth: () => undefined });
  const frames: Heard[] = [];
  pair.far.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString()) as Heard));
  pair.far.pause();
  const filler = encodeFrame({
    type: "typing",
    user: { id: "u", name: "x".repeat(chunkBytes) },
    isTyping: true,
  });
  while (pair.near.bufferedAmount <= limits.outQueueMergeBytes) {
    sink.send(filler, "other");
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { sink, frames };
}

function thought(n: number, takesText?: true): object {
  return { ...replyFrames("m.p").chunk(n), part: "reasoning", ...(takesText ? { takesText } : {}) };
}

/** A socket that can stop reading. */
async function slowReader(sessionId: string): Promise<{
  webSocket: WebSocket;
  frames: Heard[];
  closed: () => number | undefined;
}> {
  const webSocket = new WebSocket(`${world.gateway.url.replace("http", "ws")}/ws/chat/${sessionId}/`);
  const frames: Heard[] = [];
  let code: number | undefined;
  webSocket.on("message", (data: Buffer) => frames.push(JSON.parse(data.toString()) as Heard));
  webSocket.on("close", (closeCode) => (code = closeCode));
  await waitFor(() => frames.length > 0, { what: "its connection frame" });
  return { webSocket, frames, closed: () => code };
}

/** Says so many chunks, no faster than `watcher` keeps up with. */
async function say(
  sessionId: string,
  watcher: Awaited<ReturnType<typeof world.join>>,
  count: number,
): Promise<void> {
  const reply = replyFrames("m.p");
  await world.append(sessionId, reply.start());
  await watcher.next("ai_start");
  for (let n = 0; n < count; n++) {
    world.live(sessionId, { ...reply.chunk(n), chunk: `${n} `.padEnd(chunkBytes, ".") });
    if (n % atOnce === atOnce - 1)
      await waitFor(() => watcher.of("ai_chunk").at(-1)?.n === n, { what: `chunk ${n}` });
  }
}

test("a reader that does not read - is closed to come back once it owes more than 1 MiB, and the others get every chunk", async () => {
  const sessionId = newSession();
  const watcher = await world.join(sessionId);
  const slow = await slowReader(sessionId);
  slow.webSocket.pause();
  const count = manyBytes / chunkBytes;
  await say(sessionId, watcher, count);
  expect(placesOf(watcher.of("ai_chunk"))).toEqual(Array.from({ length: count }, (_, n) => n));
  await watcher.roundTrip();
  slow.webSocket.resume();
  await waitFor(() => slow.closed() !== undefined, { what: "the end of the slow one" });
  expect(slow.closed()).toBe(closeCodes.too_slow.code);
  const heard = slow.frames.filter(({ type }) => type === "ai_chunk");
  expect(heard.length).toBeLessThan(count);
});

test("a reader that does not read - and reads again gets a chunk that takes the text as the first of a frame, so that it takes no more than it should", async () => {
  await using pair = await Pair.open();
  const { sink, frames } = await blocked(pair);
  const chunks = [
    replyFrames("m.p").chunk(0),
    thought(1),
    thought(2, true),
    thought(3),
    replyFrames("m.p").chunk(4),
  ];
  for (const chunk of chunks) sink.send(encodeFrame(chunk), "chunk");
  sink.send(encodeFrame(replyFrames("m.p").complete(5)), "durable");
  pair.far.resume();
  await waitFor(() => frames.some(({ type }) => type === "ai_complete"), { what: "the end" });
  expect(frames.filter(({ type }) => type === "ai_chunk")).toMatchObject([
    { n: 0, chunk: "0 " },
    { n: 1, part: "reasoning", chunk: "1 " },
    { from: 2, n: 3, part: "reasoning", takesText: true, chunk: "2 3 " },
    { n: 4, chunk: "4 " },
  ]);
});

test("a reader that does not read - and reads again before that gets its chunks joined, each once and in order, and before what came after", async () => {
  await using pair = await Pair.open();
  const { sink, frames } = await blocked(pair);
  const reply = replyFrames("m.p");
  const count = 500;
  for (let n = 0; n < count; n++) sink.send(encodeFrame(reply.chunk(n)), "chunk");
  sink.send(encodeFrame(reply.complete(count)), "durable");
  pair.far.resume();
  await waitFor(() => frames.some(({ type }) => type === "ai_complete"), { what: "the end" });
  expect(frames.at(-1)?.type).toBe("ai_complete");
  const [joined, ...others] = frames.filter(({ type }) => type === "ai_chunk");
  expect(others).toEqual([]);
  const text = Array.from({ length: count }, (_, n) => reply.chunk(n).chunk).join("");
  expect(joined).toMatchObject({ from: 0, n: count - 1, chunk: text });
});

test("a replay to a reader that does not read - goes as far as its window, although the kernel would take more, and on when a ping is answered", async () => {
  await using pair = await Pair.open();
  const sink = new SocketSink(pair.near, pair.tcp, { onGrowth: () => undefined });
  const frame = encodeFrame(messageEvent("m", "x".repeat(10_000)));
  let sentBytes = 0;
  pair.far.pause();
  const replay = async (): Promise<void> => {
    for (let n = 0; n < 100; n++) {
      sink.send(frame, "durable");
      sentBytes += frame.length;
      await sink.drained();
    }
  };
  const sent = replay();
  await waitFor(() => sentBytes >= limits.replayWindowBytes, { what: "the window" });
  pair.far.pong("not what was asked");
  await once(pair.near, "pong");
  expect(sentBytes).toBeLessThan(limits.replayWindowBytes + frame.length);
  expect(sink.isBehind).toBe(true);
  pair.far.resume();
  await sent;
  await waitFor(() => !sink.isBehind, { what: "the last answer" });
  expect(sentBytes).toBe(100 * frame.length);
});

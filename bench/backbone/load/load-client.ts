/**
 * The clients: one socket for each session, with one question in each. They run in a process of their own,
 * which the round controls.
 */
import { createHistogram } from "node:perf_hooks";
import type { ServerFrameOf } from "@natter/protocol";
import { WebSocket } from "ws";
import type { LoadOrder, LoadReport } from "./load.ts";
import { stampedPrompt, stampsOf } from "./stamped-chunks.ts";

/** How many sockets are opened at the same time. */
const opening = 50;
const latency = createHistogram();
const streaming = new Set<WebSocket>();
const sockets: WebSocket[] = [];
let frames = 0;
let chunks = 0;
let failures = 0;

process.on("message", (order: LoadOrder) => {
  switch (order.kind) {
    case "open":
      return void open(order);
    case "ask":
      return void ask(order);
    case "reset":
      latency.reset();
      frames = 0;
      chunks = 0;
      return sendReport();
    case "report":
      return sendReport();
  }
});
// The round has ended or was interrupted.
process.on("disconnect", () => process.exit(0));

async function open({ urls }: Extract<LoadOrder, { kind: "open" }>): Promise<void> {
  for (let start = 0; start < urls.length; start += opening)
    await Promise.all(urls.slice(start, start + opening).map(connect));
  sendReport();
}

async function connect(url: string): Promise<void> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  sockets.push(socket);
  await new Promise<void>((resolve) => {
    socket.once("message", () => resolve());
    socket.once("close", () => resolve());
    socket.on("error", () => failures++);
  });
  socket.on("message", (data: Buffer) => onFrame(socket, data));
  socket.on("close", () => failures++);
}

/** The questions are spread over a second, so that the sessions do not stream in step. */
async function ask({ chunks: wanted, rate }: Extract<LoadOrder, { kind: "ask" }>): Promise<void> {
  const message = stampedPrompt({ chunks: wanted, rate });
  const beginAt = performance.now();
  for (const [index, socket] of sockets.entries()) {
    const waitMs = beginAt + (index * 1_000) / sockets.length - performance.now();
    if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ message }));
  }
  sendReport();
}

function onFrame(socket: WebSocket, data: Buffer): void {
  const now = Number(process.hrtime.bigint());
  const frame = JSON.parse(data.toString()) as ServerFrameOf<"ai_chunk"> | { readonly type: "other" };
  if (frame.type !== "ai_chunk") return;
  streaming.add(socket);
  frames++;
  for (const stamp of stampsOf(frame.chunk)) {
    chunks++;
    latency.record(Math.max(1, now - stamp));
  }
}

function sendReport(): void {
  const report: LoadReport = {
    streaming: streaming.size,
    failures,
    frames,
    chunks,
    p50Ms: latency.percentile(50) / 1e6,
    p99Ms: latency.percentile(99) / 1e6,
  };
  process.send?.(report);
}

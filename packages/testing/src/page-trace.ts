/** Reads the main thread of one page in a trace of the browser. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";

const longMs = 50;
/** Few categories, as the trace of some minutes must fit into one string. */
const measured = ["disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame"];
const profiled = [
  "toplevel",
  "devtools.timeline",
  "disabled-by-default-v8.cpu_profiler",
  "blink.user_timing",
];

/** By the clock, which includes other work of the machine, and by the page's own CPU. */
export interface TaskTime {
  readonly clock: number;
  readonly cpu: number;
}

export interface Trace {
  readonly longestTask: TaskTime;
  /** How many tasks took over 50 ms. */
  readonly longTasks: TaskTime;
  readonly drawnFrames: number;
  readonly droppedFrames: number;
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly args?: {
    readonly name?: string;
    readonly data?: { readonly frames?: readonly { url?: string; processId?: number }[] };
  };
}

/**
 * Traces the page while `work` runs.
 * @param name of the trace's file in `traces`, with a profile, if that folder is given
 */
export async function tracePage(
  stage: { readonly browser: Browser; readonly page: Page; readonly traces: string | undefined },
  name: string,
  work: () => Promise<void>,
): Promise<Trace> {
  const { browser, page, traces } = stage;
  const categories = traces === undefined ? measured : [...measured, ...profiled];
  await browser.startTracing(page, { categories });
  let bytes: Buffer;
  try {
    await work();
  } finally {
    bytes = await browser.stopTracing();
  }
  if (traces !== undefined) {
    await mkdir(traces, { recursive: true });
    await writeFile(join(traces, `${name}.json`), bytes);
  }
  const { traceEvents } = JSON.parse(bytes.toString()) as { traceEvents: TraceEvent[] };
  return readTrace(traceEvents, page.url());
}

function readTrace(events: readonly TraceEvent[], url: string): Trace {
  const frames = events.flatMap(({ args }) => args?.data?.frames ?? []);
  const pid = frames.findLast((frame) => frame.url === url)?.processId;
  const mains = events.filter(
    (event) => event.name === "thread_name" && event.args?.name === "CrRendererMain" && event.pid === pid,
  );
  const main = mains[0]?.tid;
  if (pid === undefined || main === undefined) throw new Error("the trace does not name the page's thread");
  const own = events.filter((event) => event.pid === pid);
  const tasks = own
    .filter(({ name, tid }) => name === "RunTask" && tid === main)
    .map(({ dur = 0, tdur = 0 }) => ({ clock: dur / 1_000, cpu: tdur / 1_000 }));
  const both = (of: (times: readonly number[]) => number): TaskTime => ({
    clock: of(tasks.map(({ clock }) => clock)),
    cpu: of(tasks.map(({ cpu }) => cpu)),
  });
  return {
    longestTask: both((times) => Math.max(0, ...times)),
    longTasks: both((times) => times.filter((ms) => ms > longMs).length),
    drawnFrames: own.filter(({ name }) => name === "DrawFrame").length,
    droppedFrames: own.filter(({ name }) => name === "DroppedFrame").length,
  };
}

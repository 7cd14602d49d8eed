import type { BenchPage, Costs } from "./bench-page.ts";
import { decimals, longestTask, type Row } from "./report.ts";

/** About one screen. */
const wheelPixels = 700;
const lookEvery = 10;

/** Scrolls from the end to the top and back, with the wheel and as fast as the page allows. */
export async function measureScrolling(page: BenchPage, messages: number, seconds: number): Promise<Row[]> {
  const began = performance.now();
  await page.loadAll(messages);
  const loadMs = performance.now() - began;
  const box = await page.page.getByTestId("messages").boundingBox();
  if (!box) throw new Error("there is no list to scroll");
  await page.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  let turns = 0;
  let costs: Costs | undefined;
  const trace = await page.traced(`scrolling-${messages}`, async () => {
    costs = await page.costsOf(async () => {
      turns += await wheel(page, -wheelPixels, seconds);
      turns += await wheel(page, wheelPixels, seconds);
    });
  });
  if (!costs) throw new Error("nothing was measured");
  const { scriptMs, layoutMs, taskMs } = costs;
  const named = `scrolling, ${messages.toLocaleString("en")} messages`;
  const { longestTask: longest, longTasks: long, drawnFrames, droppedFrames } = trace;
  return [
    { what: `${named}: loading all of them`, value: `${decimals(loadMs / 1_000)} s` },
    longestTask(named, longest),
    {
      what: `${named}: tasks over 50 ms by the clock, by CPU`,
      value: `${long.clock}, ${long.cpu} (${turns} turns of the wheel)`,
      target: "0",
      isMet: long.cpu === 0,
    },
    {
      what: `${named}: script / layout / all, CPU ms a turn of the wheel`,
      value: [scriptMs, layoutMs, taskMs].map((ms) => decimals(ms / turns, 1)).join(" / "),
    },
    { what: `${named}: frames drawn, dropped`, value: `${drawnFrames}, ${droppedFrames}` },
  ];
}

/** @returns the turns of the wheel */
async function wheel(page: BenchPage, pixels: number, seconds: number): Promise<number> {
  const end = performance.now() + seconds * 1_000;
  for (let turns = 1; ; turns++) {
    await page.page.mouse.wheel(0, pixels);
    if (turns % lookEvery > 0) continue;
    if (performance.now() > end || (await isThere(page, pixels < 0))) return turns;
  }
}

async function isThere(page: BenchPage, isUp: boolean): Promise<boolean> {
  return page.page.getByTestId("messages").evaluate((list, up) => {
    const left = up ? list.scrollTop : list.scrollHeight - list.scrollTop - list.clientHeight;
    return left < 2;
  }, isUp);
}

import type { BenchPage } from "./bench-page.ts";
import { below, decimals, type Row } from "./report.ts";

/** About what is in view. */
const wheelPixels = 700;
const lookEvery = 10;

/** From the end to the top and back, with the wheel and as fast as the page takes it. */
export async function measureScrolling(page: BenchPage, messages: number): Promise<Row[]> {
  await page.loadAll(messages);
  const box = await page.page.getByTestId("messages").boundingBox();
  if (!box) throw new Error("there is no list to scroll");
  await page.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  let turns = 0;
  const trace = await page.traced(`scrolling-${messages}`, async () => {
    turns += await wheel(page, -wheelPixels);
    turns += await wheel(page, wheelPixels);
  });
  const named = `scrolling, ${messages.toLocaleString("en")} messages`;
  const { longestTaskMs, longTasks, drawnFrames, droppedFrames } = trace;
  return [
    {
      what: `${named}: longest task`,
      value: `${decimals(longestTaskMs, 0)} ms`,
      ...below(50, longestTaskMs, " ms"),
    },
    {
      what: `${named}: tasks over 50 ms`,
      value: `${longTasks} (${turns} turns of the wheel)`,
      ...none(longTasks),
    },
    { what: `${named}: frames drawn, dropped`, value: `${drawnFrames}, ${droppedFrames}` },
  ];
}

function none(count: number): Pick<Row, "target" | "isMet"> {
  return { target: "0", isMet: count === 0 };
}

/** @returns the turns that it took */
async function wheel(page: BenchPage, pixels: number): Promise<number> {
  for (let turns = 1; ; turns++) {
    await page.page.mouse.wheel(0, pixels);
    if (turns % lookEvery === 0 && (await isThere(page, pixels < 0))) return turns;
  }
}

async function isThere(page: BenchPage, isUp: boolean): Promise<boolean> {
  return page.page.getByTestId("messages").evaluate((list, up) => {
    const left = up ? list.scrollTop : list.scrollHeight - list.scrollTop - list.clientHeight;
    return left < 2;
  }, isUp);
}

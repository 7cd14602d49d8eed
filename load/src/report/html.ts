import { countNames, type CountName } from "../measuring/counts.ts";
import type { Result, Second } from "../measuring/result.ts";
import { headOf, latencyRows, percentiles } from "./table.ts";

const [width, height, left, bottom] = [860, 220, 60, 24];
const colours = ["#1f6feb", "#d1242f", "#1a7f37"];

/** The result as one page that loads nothing: tables, and charts of the seconds of the run. */
export function pageOf(result: Result, missed: readonly string[]): string {
  const verdict = missed.length === 0 ? "All thresholds were kept." : `Missed: ${missed.join("; ")}`;
  const charts = [
    chart("Messages a second", result.series, { sent: ({ sent }) => sent, acked: ({ acked }) => acked }),
    chart("Chunks a second", result.series, { chunks: ({ chunks }) => chunks }),
    chart("From intending to send to the ack, ms", result.series, {
      p50: ({ ackP50Ms }) => ackP50Ms,
      p99: ({ ackP99Ms }) => ackP99Ms,
    }),
    chart("Sockets", result.series, { sockets: ({ sockets }) => sockets }),
    memoryChart(result),
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>natter load: ${escape(result.scenario)}</title>
<style>body{font:15px system-ui;max-width:900px;margin:2rem auto;color:#1f2328}table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #d1d9e0}td:last-child,th:first-child,td:first-child{text-align:left}svg text{font:12px system-ui}</style>
<h1>${escape(result.scenario)}</h1>
<p>${escape(result.startedAt)}, ${result.seconds.toFixed(0)} s. <strong>${escape(verdict)}</strong></p>
<table><tr><th>ms</th>${percentiles.map((percent) => `<th>${headOf(percent)}</th>`).join("")}<th>values</th><th></th></tr>
${latencyRows(result)
  .map(({ name, values, count, meaning }) =>
    row([name, ...values.map((value) => value.toFixed(1)), String(count), meaning]),
  )
  .join("\n")}
</table>
${charts.join("\n")}
<table>
${(Object.keys(countNames) as CountName[]).map((name) => row([name, String(result.counts[name]), countNames[name]])).join("\n")}
</table>
<pre>${escape(result.examples.join("\n"))}</pre>
</html>
`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${escape(cell)}</td>`).join("")}</tr>`;
}

function memoryChart({ memory }: Result): string {
  const [first] = memory;
  if (!first) return "";
  const seconds = first.bytes.map((_, index) => index + 1);
  const lines = memory.map(({ pid, bytes }) => ({
    name: `process ${pid}`,
    values: bytes.map((each) => each / 1_048_576),
  }));
  return drawing("Memory, MB", seconds, lines);
}

function chart(
  title: string,
  series: readonly Second[],
  of: Readonly<Record<string, (second: Second) => number>>,
): string {
  const seconds = series.map(({ atSeconds }) => atSeconds);
  return drawing(
    title,
    seconds,
    Object.entries(of).map(([name, value]) => ({ name, values: series.map(value) })),
  );
}

/** Lines over the seconds of the run, from 0 to the largest value. */
function drawing(
  title: string,
  seconds: readonly number[],
  lines: readonly { readonly name: string; readonly values: readonly number[] }[],
): string {
  const top = Math.max(1, ...lines.flatMap(({ values }) => values));
  const end = Math.max(1, ...seconds);
  const x = (second: number): number => left + (second / end) * (width - left - 10);
  const y = (value: number): number => height - bottom - (value / top) * (height - bottom - 10);
  const paths = lines.map(({ values }, index) => {
    const points = values.map((value, at) => `${x(seconds[at] ?? 0).toFixed(1)},${y(value).toFixed(1)}`);
    return `<polyline fill="none" stroke="${colours[index % colours.length]}" stroke-width="1.5" points="${points.join(" ")}"/>`;
  });
  const legend = lines.map(
    ({ name }, index) => `<tspan fill="${colours[index % colours.length]}" dx="12">${escape(name)}</tspan>`,
  );
  return `<h2>${escape(title)}</h2>
<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" aria-label="${escape(title)}">
<path d="M${left},10V${height - bottom}H${width - 10}" fill="none" stroke="#8c959f"/>
<text x="${left - 6}" y="16" text-anchor="end">${top.toPrecision(3)}</text>
<text x="${left - 6}" y="${height - bottom}" text-anchor="end">0</text>
<text x="${width - 10}" y="${height - 6}" text-anchor="end">${end} s</text>
<text x="${left}" y="${height - 6}">${legend.join("")}</text>
${paths.join("\n")}
</svg>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

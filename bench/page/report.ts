import type { TaskTime } from "@natter/testing";

/** One figure, and what it should be. */
export interface Row {
  readonly what: string;
  readonly value: string;
  readonly target?: string;
  readonly isMet?: boolean;
}

export const heading = "| what | measured | target | |\n| --- | ---: | ---: | --- |";

export function describeRow({ what, value, target = "", isMet }: Row): string {
  const verdict = isMet === undefined ? "" : isMet ? "met" : "MISSED";
  return `| ${what} | ${value} | ${target} | ${verdict} |`;
}

export function below(limit: number, value: number, unit = ""): Pick<Row, "target" | "isMet"> {
  return { target: `< ${limit}${unit}`, isMet: value < limit };
}

/** The longest task, which has to stay below what people notice: by the page's CPU, as the machine is not its own. */
export function longestTask(what: string, { clock, cpu }: TaskTime): Row {
  return {
    what: `${what}: longest task by the clock, by CPU`,
    value: `${decimals(clock, 0)}, ${decimals(cpu, 0)} ms`,
    ...below(50, cpu, " ms"),
  };
}

export function decimals(value: number, digits = 1): string {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Of sorted or unsorted values; the lower of two. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

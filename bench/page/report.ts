import type { TaskTime } from "@natter/testing";

/** One figure and its target. */
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

/**
 * The longest task, by the clock and by CPU. People do not notice one below the bound. The CPU counts, since
 * the machine has other work.
 */
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

/** The value below which `share` of the values are; of two candidates the lower one. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

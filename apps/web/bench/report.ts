import { cpus } from "node:os";

/** One figure, and what it should be. */
export interface Row {
  readonly what: string;
  readonly value: string;
  readonly target?: string;
  readonly isMet?: boolean;
}

export const heading = "| what | measured | target | |\n| --- | ---: | ---: | --- |";

export function describeMachine(version: string): string {
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu?.model ?? "unknown"}), Node ${process.versions.node}, Chromium ${version}\n`;
}

export function describeRow({ what, value, target = "", isMet }: Row): string {
  const verdict = isMet === undefined ? "" : isMet ? "met" : "MISSED";
  return `| ${what} | ${value} | ${target} | ${verdict} |`;
}

export function below(limit: number, value: number, unit = ""): Pick<Row, "target" | "isMet"> {
  return { target: `< ${limit}${unit}`, isMet: value < limit };
}

export function decimals(value: number, digits = 1): string {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Of sorted or unsorted values; the lower of two. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

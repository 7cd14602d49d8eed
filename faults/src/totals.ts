import type { Outcome } from "./run.ts";

/** The whole run in a few lines. */
export function describeTotals(outcomes: readonly Outcome[]): string {
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const found = (kind: string): number =>
    sum(({ violations }) => violations.filter((violation) => violation.kind === kind).length);
  const recoveries = outcomes.flatMap((outcome) => outcome.recoveries).map(({ ms }) => ms / 1_000);
  recoveries.sort((left, right) => left - right);
  const at = (share: number): string =>
    (recoveries[Math.floor(share * (recoveries.length - 1))] ?? 0).toFixed(1);
  const bad = outcomes.filter(({ violations }) => violations.length > 0);
  return [
    "",
    `${outcomes.length} scenarios, ${sum(({ counts }) => counts.sessions)} sessions, ${recoveries.length} faults`,
    `sent ${sum(({ counts }) => counts.sent)}, acknowledged ${sum(({ counts }) => counts.acked)} (${sum(({ counts }) => counts.ackedMessages)} messages), replies ${sum(({ counts }) => counts.replies)}`,
    `shown whole ${sum(({ counts }) => counts.whole)}, shown in part ${sum(({ counts }) => counts.prefixes)}`,
    `recovery in s: median ${at(0.5)}, p90 ${at(0.9)}, longest ${at(1)}`,
    `lost ${found("lost")}, duplicated ${found("duplicated")}, reordered ${found("reordered")}, all findings ${sum(({ violations }) => violations.length)}`,
    ...(bad.length === 0 ? [] : [`bad: ${bad.map(({ id }) => id).join(", ")}`]),
  ].join("\n");
}

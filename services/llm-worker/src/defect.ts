/** Whether an error is a mistake of this program. An outage passes, and a defect comes again at each try. */
export function isDefect(error: unknown): boolean {
  return !(error instanceof Error) || defects.some((defect) => error instanceof defect);
}

const defects = [TypeError, RangeError, ReferenceError, SyntaxError, URIError] as const;

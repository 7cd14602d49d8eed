/** What the demo model answers; see apps/demo-model/README.md. */
export interface ExpectedAnswer {
  /** Not known for every command. */
  readonly text?: string;
  /** The model never says that it is done. */
  readonly fails: boolean;
}

export function expectedAnswer(asked: string): ExpectedAnswer {
  const count = numberIn(asked, /\/count (\d+)$/);
  const echo = /\/echo (.*)$/s.exec(asked)?.[1];
  const brokenAfter = numberIn(asked, /\/(?:stall|cut|reset|error|badjson) (\d+) /);
  // A fault after the last token never comes.
  const isBroken = brokenAfter !== undefined && brokenAfter <= (count ?? Number.POSITIVE_INFINITY);
  const fails = isBroken || /\/fail [45]\d\d (?!\d+ )/.test(asked);
  if (/\/length \d+ /.test(asked)) return { fails };
  if (count !== undefined)
    return { fails, text: Array.from({ length: count }, (_, index) => index + 1).join(" ") };
  if (echo !== undefined) return { fails, text: echo };
  return asked.endsWith("/empty") ? { fails, text: "" } : { fails };
}

function numberIn(text: string, pattern: RegExp): number | undefined {
  const found = pattern.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

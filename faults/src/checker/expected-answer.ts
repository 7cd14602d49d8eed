/** What the demo model answers; see apps/demo-model/README.md. */
export interface ExpectedAnswer {
  /** Not known for every command. */
  readonly text?: string;
  /** The model never says that it is done. */
  readonly fails: boolean;
}

export function expectedAnswer(asked: string): ExpectedAnswer {
  const fails =
    /\/(stall|cut|reset|error|badjson) \d+ /.test(asked) || /\/fail (4\d\d|5\d\d) (?!\d+ )/.test(asked);
  if (/\/length \d+ /.test(asked)) return { fails };
  const count = /\/count (\d+)$/.exec(asked)?.[1];
  const echo = /\/echo (.*)$/s.exec(asked)?.[1];
  if (count !== undefined)
    return { fails, text: Array.from({ length: Number(count) }, (_, index) => index + 1).join(" ") };
  if (echo !== undefined) return { fails, text: echo };
  return asked.endsWith("/empty") ? { fails, text: "" } : { fails };
}

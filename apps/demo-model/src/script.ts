/** From what a person wrote to what the demo model does. Pure. */

/** Where an answer goes wrong, counted in tokens. */
export type Fault =
  | { readonly kind: "stall"; readonly after: number }
  | { readonly kind: "cut"; readonly after: number }
  | { readonly kind: "reset"; readonly after: number }
  | { readonly kind: "error"; readonly after: number }
  | { readonly kind: "badjson"; readonly after: number }
  | { readonly kind: "length"; readonly after: number };

export type Command =
  | { readonly name: "talk" | "echo"; readonly text: string }
  | { readonly name: "count" | "markdown"; readonly amount: number }
  | { readonly name: "context" | "korean" | "help" | "empty" }
  | { readonly name: "bench"; readonly chunks: number; readonly bytes: number }
  | { readonly name: "mistake"; readonly problem: string };

export interface Script {
  readonly command: Command;
  /** Tokens a second; 0: as fast as they are taken. */
  readonly rate: number;
  /** Before the headers. */
  readonly waitMs: number;
  /** Between the headers and the first token. */
  readonly lateMs: number;
  readonly fault?: Fault;
  readonly fail?: { readonly status: number; readonly times: number };
  readonly retryAfterSeconds?: number;
  readonly reasoning: number;
  /** Thoughts inside of the text, and which of the two tags stand around them. */
  readonly think: { readonly tokens: number; readonly tags: "both" | "end" } | undefined;
  /** Whether each token comes in another shape of JSON. */
  readonly odd: boolean;
  /** Whether roles that do not alternate are refused. */
  readonly strict: boolean;
  /** Whether the connection stays open after the end. */
  readonly open: boolean;
  readonly keepAlive: boolean;
  readonly split: boolean;
  readonly usage: boolean;
  /** Before the title of the conversation that this message begins; `undefined`: it gets none. */
  readonly titleWaitMs: number | undefined;
}

interface Draft {
  rate: number;
  waitMs: number;
  lateMs: number;
  fault?: Fault;
  fail?: { status: number; times: number };
  retryAfterSeconds?: number;
  reasoning: number;
  think: Script["think"];
  odd: boolean;
  strict: boolean;
  open: boolean;
  keepAlive: boolean;
  split: boolean;
  usage: boolean;
  titleWaitMs: number | undefined;
}

interface Modifier {
  readonly usage: string;
  readonly meaning: string;
  /** How many numbers follow; the optional last one is not counted. */
  readonly numbers: number;
  readonly optional?: true;
  apply(draft: Draft, numbers: readonly number[]): void;
}

const naturalRate = 40;
const slowRate = 2;

const fault = (kind: Fault["kind"], meaning: string): Modifier => ({
  usage: `/${kind} N`,
  meaning,
  numbers: 1,
  apply: (draft, [after = 0]) => void (draft.fault = { kind, after }),
});

/** What may stand before a command, in any number. apps/demo-model/README.md is tested against this table. */
export const modifiers: Readonly<Record<string, Modifier>> = {
  rate: {
    usage: "/rate N",
    meaning: "N tokens a second, 0 as fast as possible",
    numbers: 1,
    apply: (draft, [n = 0]) => void (draft.rate = n),
  },
  slow: {
    usage: "/slow",
    meaning: "2 tokens a second",
    numbers: 0,
    apply: (draft) => void (draft.rate = slowRate),
  },
  wait: {
    usage: "/wait MS",
    meaning: "holds the headers back",
    numbers: 1,
    apply: (draft, [ms = 0]) => void (draft.waitMs = ms),
  },
  late: {
    usage: "/late MS",
    meaning: "sends the headers at once and the first token later",
    numbers: 1,
    apply: (draft, [ms = 0]) => void (draft.lateMs = ms),
  },
  stall: fault("stall", "says nothing more after N tokens and keeps the connection"),
  keepalive: {
    usage: "/keepalive",
    meaning: "sends comments while it stalls",
    numbers: 0,
    apply: (draft) => void (draft.keepAlive = true),
  },
  cut: fault("cut", "ends the response after N tokens without saying that it is complete"),
  reset: fault("reset", "tears the connection down after N tokens"),
  error: fault("error", "sends an error in the stream after N tokens"),
  badjson: fault("badjson", "sends something else than JSON after N tokens"),
  length: fault("length", "ends with finish_reason length after N tokens"),
  fail: {
    usage: "/fail STATUS [TIMES]",
    meaning: "answers this HTTP status, the first TIMES times for the same message or always",
    numbers: 1,
    optional: true,
    apply: (draft, [status = 500, times = Number.POSITIVE_INFINITY]) => void (draft.fail = { status, times }),
  },
  "retry-after": {
    usage: "/retry-after SECONDS",
    meaning: "adds this header to a failure",
    numbers: 1,
    apply: (draft, [seconds = 1]) => void (draft.retryAfterSeconds = seconds),
  },
  reasoning: {
    usage: "/reasoning N",
    meaning: "thinks aloud for N tokens first",
    numbers: 1,
    apply: (draft, [n = 0]) => void (draft.reasoning = n),
  },
  think: {
    usage: "/think N",
    meaning: "thinks aloud for N tokens first, between <think> tags in the text",
    numbers: 1,
    apply: (draft, [tokens = 0]) => void (draft.think = { tokens, tags: "both" }),
  },
  thinkend: {
    usage: "/thinkend N",
    meaning: "the same, with only the tag at the end",
    numbers: 1,
    apply: (draft, [tokens = 0]) => void (draft.think = { tokens, tags: "end" }),
  },
  odd: {
    usage: "/odd",
    meaning: "sends each token in another shape of JSON: a text, a list of parts, a number where it is one",
    numbers: 0,
    apply: (draft) => void (draft.odd = true),
  },
  strict: {
    usage: "/strict",
    meaning: "refuses messages whose roles do not alternate, as some chat templates do",
    numbers: 0,
    apply: (draft) => void (draft.strict = true),
  },
  open: {
    usage: "/open",
    meaning: "keeps the connection after the end, and does not say [DONE]",
    numbers: 0,
    apply: (draft) => void (draft.open = true),
  },
  split: {
    usage: "/split",
    meaning: "cuts the bytes inside of characters",
    numbers: 0,
    apply: (draft) => void (draft.split = true),
  },
  nousage: {
    usage: "/nousage",
    meaning: "does not say how many tokens it took",
    numbers: 0,
    apply: (draft) => void (draft.usage = false),
  },
  title: {
    usage: "/title MS",
    meaning: "thinks this long about the title of the conversation that it begins",
    numbers: 1,
    apply: (draft, [ms = 0]) => void (draft.titleWaitMs = ms),
  },
  notitle: {
    usage: "/notitle",
    meaning: "fails when it is asked for that title",
    numbers: 0,
    apply: (draft) => void (draft.titleWaitMs = undefined),
  },
};

/** What the answer is. apps/demo-model/README.md is tested against this table. */
export const commands: Readonly<
  Record<string, { usage: string; meaning: string; read(rest: string): Command }>
> = {
  help: { usage: "/help", meaning: "lists all of this", read: () => ({ name: "help" }) },
  echo: { usage: "/echo TEXT", meaning: "exactly the text", read: (text) => ({ name: "echo", text }) },
  count: { usage: "/count N", meaning: "counts from 1 to N", read: (rest) => readAmount("count", rest, 10) },
  markdown: {
    usage: "/markdown [SECTIONS]",
    meaning: "long markdown",
    read: (rest) => readAmount("markdown", rest, 3),
  },
  context: {
    usage: "/context",
    meaning: "the messages that it was given, as JSON",
    read: () => ({ name: "context" }),
  },
  korean: { usage: "/korean", meaning: "a paragraph in Korean with emoji", read: () => ({ name: "korean" }) },
  empty: { usage: "/empty", meaning: "an answer without a word", read: () => ({ name: "empty" }) },
  bench: {
    usage: "/bench CHUNKS RATE BYTES",
    meaning: "tokens with the time in them, for measuring",
    read: () => ({ name: "mistake", problem: "/bench CHUNKS RATE BYTES" }),
  },
};

/** Questions without an answer come in one message with the next one; the last of them that is a command counts. */
export function lastCommand(message: string): string {
  return message.split(/\n\n(?=(?:[^/:\n]{1,64}: )?\/[a-z])/).at(-1) ?? message;
}

/** Reads modifiers from the front, then one command; text without a command is talked about. */
export function readScript(text: string): Script {
  const draft: Draft = {
    rate: naturalRate,
    waitMs: 0,
    lateMs: 0,
    reasoning: 0,
    think: undefined,
    odd: false,
    strict: false,
    open: false,
    keepAlive: false,
    split: false,
    usage: true,
    titleWaitMs: 0,
  };
  // In a session of several people the worker says who speaks.
  let rest = text.trim().replace(/^[^/:\n]{1,64}: (?=\/)/, "");
  for (;;) {
    const word = /^\/([a-z-]+)(?:\s+|$)/.exec(rest);
    const modifier =
      word?.[1] === undefined || !Object.hasOwn(modifiers, word[1]) ? undefined : modifiers[word[1]];
    if (!word || !modifier) break;
    const read = readNumbers(rest.slice(word[0].length), modifier);
    if (!read) return { ...draft, command: { name: "mistake", problem: modifier.usage } };
    modifier.apply(draft, read.numbers);
    rest = read.rest;
  }
  const bench = /^\/bench\s+(\d+)\s+(\d+)\s+(\d+)\s*$/.exec(rest);
  if (bench) {
    return {
      ...draft,
      rate: Number(bench[2]),
      command: { name: "bench", chunks: Number(bench[1]), bytes: Number(bench[3]) },
    };
  }
  return { ...draft, command: readCommand(rest) };
}

function readCommand(rest: string): Command {
  const word = /^\/([a-z-]+)(?:\s|$)/.exec(rest);
  if (!word?.[1]) return { name: "talk", text: rest };
  if (!Object.hasOwn(commands, word[1]))
    return { name: "mistake", problem: `/${word[1]} is no command of mine` };
  return commands[word[1]]?.read(rest.slice(word[0].length).trim()) ?? { name: "help" };
}

function readNumbers(rest: string, modifier: Modifier): { numbers: number[]; rest: string } | undefined {
  const numbers: number[] = [];
  const most = modifier.numbers + (modifier.optional ? 1 : 0);
  let left = rest;
  while (numbers.length < most) {
    const number = /^(\d{1,9})(?:\s+|$)/.exec(left);
    if (!number) break;
    numbers.push(Number(number[1]));
    left = left.slice(number[0].length);
  }
  return numbers.length < modifier.numbers ? undefined : { numbers, rest: left };
}

function readAmount(name: "count" | "markdown", rest: string, otherwise: number): Command {
  if (rest === "") return { name, amount: otherwise };
  return /^\d{1,7}$/.test(rest) ? { name, amount: Number(rest) } : { name: "mistake", problem: `/${name} N` };
}

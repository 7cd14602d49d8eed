/**
 * Takes secrets out of a provider's message before it goes into a log. Providers quote the key that they refuse, whole or masked, and
 * name its organisation. Servers that an operator runs name addresses and paths of their machines.
 */
export class Redaction {
  readonly #key: string | undefined;
  readonly #host: RegExp | undefined;

  constructor({ apiKey, baseUrl }: { apiKey: string | undefined; baseUrl: string | undefined }) {
    this.#key = apiKey !== undefined && apiKey.length >= shownLength ? apiKey : undefined;
    const host = baseUrl !== undefined && URL.canParse(baseUrl) ? new URL(baseUrl).hostname : "";
    this.#host = host === "" ? undefined : new RegExp(`${escaped(host)}(?::\\d+)?`, "gi");
  }

  /** The id of a request, unless it could be a secret. */
  redactId(id: string | undefined): string | undefined {
    if (id === undefined || !/^[\w.:-]{1,100}$/.test(id)) return undefined;
    const isSecret = (this.#key !== undefined && id.includes(this.#key)) || looksLikeKey.test(id);
    return isSecret ? undefined : id;
  }

  /** At most `maxLength` UTF-16 units of well-formed text on one line, without secrets. */
  redact(text: string): string {
    // The cut removes a word that it would divide, because nobody recognises a part of a key.
    let redacted =
      text.length <= maxReadLength ? text : text.slice(0, maxReadLength).replace(/\S{0,200}$/, "…");
    if (this.#key !== undefined) redacted = withoutKey(redacted, this.#key);
    if (this.#host) redacted = redacted.replaceAll(this.#host, "[address]");
    for (const [pattern, name] of generalRules) redacted = redacted.replaceAll(pattern, name);
    return redacted
      .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
      .slice(0, maxLength)
      .toWellFormed();
  }
}

const maxReadLength = 1_000;
const maxLength = 500;
/** The letters of a key's beginning or end that a mask leaves at least. Fewer letters could be a word. */
const shownLength = 4;
/** What a mask writes in place of a key's middle. */
const mask = /[*•·…]|\.\.|##|xxx|<[^>]{1,20}>|\[[^\]]{1,20}\]/i;

/** The key itself, and every word that has a mask and the key's beginning or end. */
function withoutKey(text: string, key: string): string {
  const [beginning, end] = [key.slice(0, shownLength), key.slice(-shownLength)];
  const spellings = [key, encodeURIComponent(key), Buffer.from(key).toString("base64")];
  return text
    .replaceAll(new RegExp(spellings.map(escaped).join("|"), "gi"), "[key]")
    .replaceAll(/[^\s"'`,;(){}]+/g, (word) =>
      mask.test(word) && (word.includes(beginning) || word.includes(end)) ? "[key]" : word,
    );
}

const makersKey =
  /\b(?:sk|pk|rk|key|gsk|xai|hf|r8|pplx|nvapi|ghp|gho|ghs|github_pat|glpat|xox[a-z]|SG|AKIA|ASIA|AIza|ya29)[-_.]?[\w*•….-]{6,}/g;

const looksLikeKey = new RegExp(makersKey.source);

/** Each pattern takes time in proportion to the text, or at worst to the square of its length. The text is short. */
const generalRules: readonly (readonly [RegExp, string])[] = [
  [/\b(?:Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, "[key]"],
  // Keys of known providers, and values that are called a key, a token, a password or a secret.
  [makersKey, "[key]"],
  [/[\w-]{0,40}[*•]{3,}[\w-]{0,40}/g, "[key]"],
  [
    /\b((?:api[ _-]?key|access[ _-]?key|token|secret|password|passwd|authorization|credential)s?["']?\s{0,3}(?:[:=]|is|provided:)\s{0,3}["']?)[^\s"',;)}\]]{4,}/gi,
    "$1[key]",
  ],
  [/\beyJ[\w-]{6,}(?:\.[\w-]+){0,2}/g, "[key]"],
  [/\b(?:org|proj|project|organization|acct|user|team|ws|usr)[-_][A-Za-z0-9]{6,}/g, "[organisation]"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "[id]"],
  [/\b[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+\b/g, "[address]"],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>)\]}]+/gi, "[address]"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "[address]"],
  [/\[[0-9a-f:.]{3,45}\](?::\d+)?|(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])/gi, "[address]"],
  [
    /\b(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:internal|local|lan|svc|cluster|corp|intra|home|arpa)(?:\.[a-z0-9-]+)*)(?::\d+)?\b/gi,
    "[address]",
  ],
  [/\b[a-z0-9-]+(?:\.[a-z0-9-]+)*:\d{2,5}\b/gi, "[address]"],
  [/\b[a-z0-9-]+(?:\.[a-z][a-z0-9-]*)+\/[\w/.?=&%-]*/gi, "[address]"],
  [/(?<![\w/])(?:\/[\w.@-]+){2,}\/?|\b[A-Za-z]:\\[\w\\. -]+/g, "[path]"],
  // Random text of this length is a secret more often than a name.
  [/\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}\b/g, "[key]"],
];

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

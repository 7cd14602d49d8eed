/**
 * Takes secrets out of what a provider says before it goes into a log. Providers say back the key that they refuse, whole or
 * masked, the organisation that it belongs to, and servers of one's own say addresses and paths of their machines.
 */
export class Redaction {
  readonly #rules: readonly (readonly [RegExp, string])[];

  constructor(secrets: { apiKey: string | undefined; baseUrl: string | undefined }) {
    this.#rules = [...ownRules(secrets), ...generalRules];
  }

  /** At most `mostLength` UTF-16 units of well-formed text on one line, without secrets. */
  redact(text: string): string {
    let redacted = text.slice(0, mostReadLength);
    for (const [pattern, name] of this.#rules) redacted = redacted.replaceAll(pattern, name);
    return redacted
      .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
      .slice(0, mostLength)
      .toWellFormed();
  }
}

const mostReadLength = 4_000;
const mostLength = 500;
/** What stands in place of the middle of a masked key. */
const mask = String.raw`[*•·…]+|\.{2,}|#{2,}|[xX]{3,}|<[^>]{1,20}>|\[[^\]]{1,20}\]`;
const rest = String.raw`[\w-]{0,200}`;
/** Fewer letters of a key's beginning could be a word. */
const shownBeginning = 4;

function ownRules({
  apiKey,
  baseUrl,
}: {
  apiKey: string | undefined;
  baseUrl: string | undefined;
}): (readonly [RegExp, string])[] {
  const rules: (readonly [RegExp, string])[] = [];
  if (apiKey !== undefined && apiKey.length >= shownBeginning) {
    rules.push([new RegExp(escaped(apiKey), "g"), "[key]"]);
    rules.push([new RegExp(escaped(encodeURIComponent(apiKey)), "g"), "[key]"]);
    const beginning = escaped(apiKey.slice(0, shownBeginning));
    rules.push([new RegExp(`${beginning}${rest}(?:${mask})+${rest}`, "g"), "[key]"]);
    const end = escaped(apiKey.slice(-shownBeginning));
    rules.push([new RegExp(`${rest}(?:${mask})+${rest}${end}(?![\\w-])`, "g"), "[key]"]);
  }
  const host = baseUrl !== undefined && URL.canParse(baseUrl) ? new URL(baseUrl).hostname : "";
  if (host !== "") rules.push([new RegExp(`${escaped(host)}(?::\\d+)?`, "gi"), "[address]"]);
  return rules;
}

const generalRules: readonly (readonly [RegExp, string])[] = [
  [/\b(?:Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, "[key]"],
  // Keys of the known makers, and what is named a key, a token, a password or a secret.
  [
    /\b(?:sk|pk|rk|key|gsk|xai|hf|r8|pplx|nvapi|ghp|gho|ghs|github_pat|glpat|AKIA|ASIA|AIza|ya29)[-_.]?[\w*•….-]{6,}/g,
    "[key]",
  ],
  [
    /\b((?:api[ _-]?key|access[ _-]?key|token|secret|password|passwd|authorization|credential)s?["']?\s*(?:[:=]|is|provided:)\s*["']?)[^\s"',;)}\]]{4,}/gi,
    "$1[key]",
  ],
  [/\beyJ[\w-]{6,}(?:\.[\w-]+){0,2}/g, "[key]"],
  [/\b(?:org|proj|project|organization|acct|user|team|ws|usr)[-_][A-Za-z0-9]{6,}/g, "[organisation]"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "[id]"],
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/g, "[address]"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)\]}]+/gi, "[address]"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "[address]"],
  [/\[?\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f]{0,4}\b\]?(?::\d+)?|\[?::1\]?(?::\d+)?/gi, "[address]"],
  [
    /\b(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:internal|local|lan|svc|cluster|corp|intra|home|arpa)(?:\.[a-z0-9-]+)*)(?::\d+)?\b/gi,
    "[address]",
  ],
  [/\b[a-z0-9-]+(?:\.[a-z0-9-]+)*:\d{2,5}\b/gi, "[address]"],
  [/(?<![\w/])(?:\/[\w.@-]+){2,}\/?|\b[A-Za-z]:\\[\w\\. -]+/g, "[path]"],
  // Random text of this length is a secret more often than a name.
  [/\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}\b/g, "[key]"],
];

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}

import { readFileSync } from "node:fs";
import type { Static } from "typebox";
import { Value } from "typebox/value";
import { settings, type Setting, type SettingName } from "./settings.ts";

/** The environment cannot be used. `message` is one line that names the variable. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

type Defaulted = {
  [N in SettingName]: (typeof settings)[N] extends { default: string | number } ? N : never;
}[SettingName];
type ValueOf<N extends SettingName> = Static<(typeof settings)[N]["schema"]>;

/** The chosen settings, each with its value, its default, or `undefined` where it has none. */
export type Environment<N extends SettingName> = {
  readonly [K in N]: K extends Defaulted ? ValueOf<K> : ValueOf<K> | undefined;
};

type Variables = Readonly<Record<string, string | undefined>>;

/** Variables of others that look like ours. */
const foreign: ReadonlySet<string> = new Set(["OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_LOG"]);

/** `NATS_URL_FILE` names a file that holds the value of `NATS_URL`. Containers get their secrets in this way. */
const fileSuffix = "_FILE";

/**
 * Reads the named settings and looks through all variables for a misspelt one. A setting comes from its variable, or from
 * the file that `<NAME>_FILE` names.
 *
 * @throws EnvironmentError at the first variable that is unknown or malformed, or whose file cannot be read
 */
export function readEnvironment<N extends SettingName>(
  names: readonly N[],
  variables: Variables,
): Environment<N> {
  for (const name of Object.keys(variables)) refuseUnknown(name);
  const entries = names.map((name) => [name, readSetting(name, textOf(name, variables))] as const);
  return Object.freeze(Object.fromEntries(entries)) as Environment<N>;
}

/** The items of a setting that is a list with commas. */
export function listOf(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/** The setting that a variable gives, by itself or by a file: `NATS_URL` of `NATS_URL_FILE`. */
export function settingOf(variable: string): string {
  return variable.endsWith(fileSuffix) ? variable.slice(0, -fileSuffix.length) : variable;
}

function textOf(name: SettingName, variables: Variables): string | undefined {
  const fileName = `${name}${fileSuffix}`;
  const path = variables[fileName];
  if (path === undefined || path === "") return variables[name];
  if (variables[name]) throw new EnvironmentError(`${name} and ${fileName} are both set; set one of them`);
  try {
    // Editors and `echo` end a file with a line break, which belongs to no setting.
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new EnvironmentError(`${fileName} cannot be read: ${(error as Error).message}`);
  }
}

function readSetting(name: SettingName, text: string | undefined): string | number | undefined {
  const setting: Setting = settings[name];
  // Compose files and shells set empty strings for "not set".
  if (text === undefined || (text === "" && setting.mayBeEmpty !== true)) return setting.default;
  const value = isNumeric(setting) && /^-?\d+$/.test(text) ? Number(text) : text;
  if (!Value.Check(setting.schema, value)) {
    const shown = setting.secret ? "" : ` (it is ${JSON.stringify(text)})`;
    throw new EnvironmentError(`${name} is malformed${shown}: ${expected(setting)}`);
  }
  return value;
}

function isNumeric(setting: Setting): boolean {
  return (setting.schema as { type?: string }).type === "integer";
}

function expected(setting: Setting): string {
  const { minimum, maximum, pattern } = setting.schema as {
    minimum?: number;
    maximum?: number;
    pattern?: string;
  };
  const bounds =
    minimum === undefined ? "" : `, from ${minimum}${maximum === undefined ? "" : ` to ${maximum}`}`;
  if (isNumeric(setting)) return `expected a whole number${bounds}`;
  return `expected ${setting.meaning}${pattern ? `, in the form ${pattern}` : ""}`;
}

function refuseUnknown(variable: string): void {
  const name = settingOf(variable);
  if (Object.hasOwn(settings, name) || foreign.has(name)) return;
  const near = Object.keys(settings).find((known) => !isProxy(known) && isTypo(name, known));
  if (near) throw new EnvironmentError(`${name} is not a setting of natter; did you mean ${near}?`);
  if (name.startsWith("NATTER_"))
    throw new EnvironmentError(`${name} is not a setting of natter; see docs/settings.md`);
}

/** There is a whole family of them, for other programs. */
function isProxy(name: string): boolean {
  return name.toUpperCase().endsWith("_PROXY");
}

/** Short names are other people's too often to be called misspelt. */
function isTypo(name: string, known: string): boolean {
  if (known.length < 8 || Math.abs(name.length - known.length) > 2) return false;
  return editDistance(name, known) <= 2;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

import { retryMs } from "../loading/retry-delay.ts";
import { readStored, writeStored } from "../storage/stored.ts";
import { en } from "./en.ts";
import { translateFrom, type Translate } from "./translate.ts";

export const languages = { en: "English", ko: "한국어" } as const;
export type Language = keyof typeof languages;

export interface Locale {
  readonly language: Language;
  readonly text: Translate;
}

/** English is part of the page. Another language is loaded when it is needed, and shown as soon as it is loaded. */
const english: Locale = { language: "en", text: translateFrom("en", en) };
const loaded = new Map<Language, Locale>([["en", english]]);
let wanted: Language = "en";
let shown = english;
const listeners = new Set<() => void>();

/** The language that the page shows now. */
export function currentLocale(): Locale {
  return shown;
}

/** Calls `listener` after each change of the language. */
export function subscribeLocale(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** The language that the person chose, else the first known language of the browser, else English. */
function preferredLanguage(): Language {
  const candidates = [readStored("language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return (
    candidates.find((language): language is Language => language !== undefined && language in languages) ??
    "en"
  );
}

/** After this long the page is shown in English, and changes when the language is loaded. */
const patienceMs = 3_000;

/** Resolves when the page can be shown. */
export async function startLocale(): Promise<void> {
  await Promise.race([
    showLanguage(preferredLanguage()),
    new Promise<void>((resolve) => setTimeout(resolve, patienceMs)),
  ]);
}

export async function chooseLanguage(language: Language): Promise<void> {
  writeStored("language", language);
  await showLanguage(language);
}

/** Does not fail: the page stays as it is until the language is loaded. */
async function showLanguage(language: Language, attempt = 0): Promise<void> {
  wanted = language;
  const locale = await load(language);
  if (wanted !== language) return;
  if (!locale) return showLater(language, attempt);
  shown = locale;
  document.documentElement.lang = language;
  for (const listener of listeners) listener();
}

function showLater(language: Language, attempt: number): void {
  setTimeout(() => {
    if (wanted === language) void showLanguage(language, attempt + 1);
  }, retryMs(attempt));
}

/** `undefined`: its file could not be loaded. */
async function load(language: Language): Promise<Locale | undefined> {
  const known = loaded.get(language);
  if (known) return known;
  try {
    const { ko } = await import("./ko.ts");
    const locale: Locale = { language, text: translateFrom(language, ko) };
    loaded.set(language, locale);
    return locale;
  } catch {
    return undefined;
  }
}

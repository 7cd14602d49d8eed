import { createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { retryMs } from "../loading/retry-delay.ts";
import { readStored, writeStored } from "../storage/stored.ts";
import { en, type TextKey } from "./en.ts";

export const languages = { en: "English", ko: "한국어" } as const;
export type Language = keyof typeof languages;

/** Knows the words; whoever renders them asks `useText`. */
export const locale: i18n = createInstance();

/** What was chosen, else the first of the browser's languages that there is, else English. */
function preferredLanguage(): Language {
  const wanted = [readStored("language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return (
    wanted.find((language): language is Language => language !== undefined && language in languages) ?? "en"
  );
}

/** A page in English now is better than one in another language later. */
const patienceMs = 3_000;

/** English is always here; another language is fetched when it is wanted, and shown as soon as it is here. */
export async function startLocale(): Promise<void> {
  await locale.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: en } },
    keySeparator: false,
    nsSeparator: false,
    // React escapes.
    interpolation: { escapeValue: false },
  });
  await Promise.race([
    showLanguage(preferredLanguage()),
    new Promise<void>((resolve) => setTimeout(resolve, patienceMs)),
  ]);
}

export async function chooseLanguage(language: Language): Promise<void> {
  writeStored("language", language);
  await showLanguage(language);
}

let wanted: Language = "en";

/** Does not fail: what is shown stays until the words are here. */
async function showLanguage(language: Language, attempt = 0): Promise<void> {
  wanted = language;
  const isHere = await loadWords(language);
  if (wanted !== language) return;
  if (!isHere) return showLater(language, attempt);
  await locale.changeLanguage(language);
  document.documentElement.lang = language;
}

function showLater(language: Language, attempt: number): void {
  setTimeout(() => {
    if (wanted === language) void showLanguage(language, attempt + 1);
  }, retryMs(attempt));
}

async function loadWords(language: Language): Promise<boolean> {
  if (language === "en" || locale.hasResourceBundle(language, "translation")) return true;
  try {
    const { ko } = await import("./ko.ts");
    locale.addResourceBundle(language, "translation", ko);
    return true;
  } catch {
    return false;
  }
}

/** Says it in the chosen language. */
export type Translate = (
  key: TextKey | PluralKey,
  values?: Readonly<Record<string, string | number>>,
) => string;

type PluralKey = TextKey extends infer Key ? (Key extends `${infer Stem}_other` ? Stem : never) : never;

import { createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { retryMs } from "../loading/retry-delay.ts";
import { readStored, writeStored } from "../storage/stored.ts";
import { en, type TextKey } from "./en.ts";

export const languages = { en: "English", ko: "한국어" } as const;
export type Language = keyof typeof languages;

/** The texts of the languages that are loaded. A component reads them with `useText`. */
export const locale: i18n = createInstance();

/** The language that the person chose, else the first known language of the browser, else English. */
function preferredLanguage(): Language {
  const wanted = [readStored("language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return (
    wanted.find((language): language is Language => language !== undefined && language in languages) ?? "en"
  );
}

/** After this long the page is shown in English, and changes when the language is loaded. */
const patienceMs = 3_000;

/**
 * English is part of the page. Another language is loaded when it is needed, and shown as soon as it is
 * loaded.
 */
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

/** Does not fail: the page stays as it is until the language is loaded. */
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

/** Returns a text in the chosen language. */
export type Translate = (
  key: TextKey | PluralKey,
  values?: Readonly<Record<string, string | number>>,
) => string;

type PluralKey = TextKey extends infer Key ? (Key extends `${infer Stem}_other` ? Stem : never) : never;

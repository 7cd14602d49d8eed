import { createInstance, type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { readStored, writeStored } from "../preferences/stored.ts";
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

/** English is always here; another language is fetched when it is wanted. */
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
  await showLanguage(preferredLanguage());
}

export async function chooseLanguage(language: Language): Promise<void> {
  writeStored("language", language);
  await showLanguage(language);
}

async function showLanguage(language: Language): Promise<void> {
  if (language === "ko" && !locale.hasResourceBundle("ko", "translation")) {
    const { ko } = await import("./ko.ts");
    locale.addResourceBundle("ko", "translation", ko);
  }
  await locale.changeLanguage(language);
  document.documentElement.lang = language;
}

/** Says it in the chosen language. */
export type Translate = (
  key: TextKey | PluralKey,
  values?: Readonly<Record<string, string | number>>,
) => string;

type PluralKey = TextKey extends infer Key ? (Key extends `${infer Stem}_other` ? Stem : never) : never;

import { useTranslation } from "react-i18next";
import type { Language, Translate } from "./locale.ts";

/** The texts of the chosen language. The component is rendered again when another language is chosen. */
export function useText(): Translate {
  return useTranslation().t as unknown as Translate;
}

export function useLanguage(): Language {
  return useTranslation().i18n.language as Language;
}

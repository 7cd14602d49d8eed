import { useTranslation } from "react-i18next";
import type { Language, Translate } from "./locale.ts";

/** The words of the chosen language; whoever calls it is rendered again when another one is chosen. */
export function useText(): Translate {
  return useTranslation().t as unknown as Translate;
}

export function useLanguage(): Language {
  return useTranslation().i18n.language as Language;
}

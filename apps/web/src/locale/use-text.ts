import { useSyncExternalStore } from "react";
import { currentLocale, subscribeLocale, type Language } from "./locale.ts";
import type { Translate } from "./translate.ts";

/** The texts of the chosen language. The component is rendered again when another language is chosen. */
export function useText(): Translate {
  return useSyncExternalStore(subscribeLocale, currentLocale).text;
}

export function useLanguage(): Language {
  return useSyncExternalStore(subscribeLocale, currentLocale).language;
}

import type { TextKey } from "./en.ts";

/** Returns a text of one language, with its values. */
export type Translate = (
  key: TextKey | PluralKey,
  values?: Readonly<Record<string, string | number>>,
) => string;

type PluralKey = TextKey extends infer Key ? (Key extends `${infer Stem}_other` ? Stem : never) : never;

/**
 * In a text `{{name}}` stands for a value, and `{{name, number}}` for a number in the notation of the language. A text that depends
 * on a number has a form for each plural category of the language (`key_one`, `key_other`); `count` chooses the form.
 *
 * @param language BCP 47 tag
 */
export function translateFrom(language: string, texts: Readonly<Record<string, string>>): Translate {
  const plurals = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  return (key, values = {}) => {
    const { count } = values;
    const form = typeof count === "number" ? texts[`${key}_${plurals.select(count)}`] : undefined;
    const text = form ?? texts[key] ?? key;
    return text.replace(/\{\{(\w+)(, number)?\}\}/g, (_, name: string, isNumber?: string) => {
      const value = values[name] ?? "";
      return isNumber === undefined ? String(value) : numbers.format(Number(value));
    });
  };
}

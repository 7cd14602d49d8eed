import { useStored, writeStored } from "../storage/stored.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** `theme.js` does the same before the first paint. */
export function chooseTheme(theme: Theme): void {
  writeStored("theme", theme === "system" ? "" : theme);
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

export function useTheme(): Theme {
  const stored = useStored("theme");
  return stored === "light" || stored === "dark" ? stored : "system";
}

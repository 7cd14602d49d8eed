export const composerId = "composer";

export function focusComposer(): void {
  document.querySelector<HTMLTextAreaElement>(`#${composerId} textarea`)?.focus();
}

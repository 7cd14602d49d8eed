import { useLayoutEffect, useMemo, type RefObject } from "react";
import { writeDraft, readDraft, useDraft } from "./draft.ts";

/** The text of a field that changes something stored, until the change is stored or cancelled. */
export interface FieldDraft {
  readonly text: string;
  /** The stored text when the field was opened. If the person leaves it like this, nothing changes. */
  readonly was: string;
  /**
   * `aside`: the field is closed, and shows the text again when it is opened. `sent`: there is no answer yet.
   */
  readonly state: "open" | "aside" | "sent";
  /** Code of the error with which the server refused the change. */
  readonly refusal?: string;
}

/** How many sent changes this page waits for, by name. A page that was closed has sent the others. */
const awaited = new Map<string, number>();
/** The field that takes the focus as soon as it is in the page. */
let next: { readonly name: string; readonly isReturning: boolean } | undefined;

export function readFieldDraft(name: string): FieldDraft | undefined {
  return parse(readDraft(name));
}

export function useFieldDraft(name: string): FieldDraft | undefined {
  const [text] = useDraft(name);
  return useMemo(() => parse(text), [text]);
}

export function openField(name: string, was: string): void {
  const known = readFieldDraft(name);
  write(name, { ...known, text: known?.text ?? was, was, state: "open" });
  next = { name, isReturning: false };
}

export function writeField(name: string, text: string): void {
  const known = readFieldDraft(name);
  if (known) write(name, { ...known, text });
}

/** Closes the field. The text stays. */
export function putFieldAside(name: string): void {
  const known = readFieldDraft(name);
  if (!known) return;
  if (known.text === known.was) forgetField(name);
  else write(name, { ...known, state: "aside" });
}

export function forgetField(name: string): void {
  writeDraft(name, "");
}

/** Opens the field again, with the refused text and the reason. A text that was written meanwhile stays. */
export function refuseField(name: string, refused: FieldDraft, code: string): void {
  const known = readFieldDraft(name);
  write(name, { ...(known?.state === "open" ? known : refused), state: "open", refusal: code });
}

export function isAwaited(name: string): boolean {
  return awaited.has(name);
}

/**
 * Closes the field and waits for the change. The draft is removed only when the change is stored.
 * @throws what `change` throws
 */
export async function sendField(name: string, draft: FieldDraft, change: Promise<unknown>): Promise<void> {
  const { refusal: _answered, ...sent } = draft;
  write(name, { ...sent, state: "sent" });
  awaited.set(name, (awaited.get(name) ?? 0) + 1);
  try {
    await change;
    const known = readFieldDraft(name);
    if (known?.state === "sent" && known.text === draft.text) forgetField(name);
  } finally {
    const left = (awaited.get(name) ?? 1) - 1;
    if (left === 0) awaited.delete(name);
    else awaited.set(name, left);
  }
}

/**
 * Gives the focus to a field that was just opened. A field that had the focus and is rendered again, for
 * example because its row came back into view, takes it back unless something else has it.
 */
export function useFieldFocus(
  name: string,
  field: RefObject<HTMLInputElement | HTMLTextAreaElement | null>,
): void {
  useLayoutEffect(() => {
    const element = field.current;
    const isFree = document.activeElement === document.body || next?.isReturning === false;
    if (element && next?.name === name && isFree) {
      const { length } = element.value;
      element.focus();
      // A new title replaces the old one, a message continues. A person who was writing continues, too.
      element.setSelectionRange(element.tagName === "INPUT" && !next.isReturning ? 0 : length, length);
      // A hidden field takes no focus: the same chat may be in the list and in the drawer.
      if (document.activeElement === element) next = undefined;
    }
    return () => {
      if (document.activeElement === element) next = { name, isReturning: true };
    };
  }, [name, field]);
}

function write(name: string, draft: FieldDraft): void {
  writeDraft(name, JSON.stringify(draft));
}

function parse(text: string): FieldDraft | undefined {
  try {
    return text === "" ? undefined : (JSON.parse(text) as FieldDraft);
  } catch {
    return undefined;
  }
}

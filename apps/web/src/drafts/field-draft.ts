import { useLayoutEffect, useMemo, type RefObject } from "react";
import { keepText, readText, useKeptText } from "./draft.ts";

/** What a person writes in a field that changes something, until the change is made or given up. */
export interface FieldDraft {
  readonly text: string;
  /** What stood there when the field was opened: whoever leaves it so changes nothing. */
  readonly was: string;
  /** `aside`: the field is closed, and shows the text again when it is opened. `sent`: nobody has answered yet. */
  readonly state: "open" | "aside" | "sent";
  /** Code of the error with which it was refused. */
  readonly refusal?: string;
}

/** Changes that this page waits for. Others that were sent are of a page that was closed meanwhile. */
const awaited = new Map<string, number>();
/** The field that is to have the focus as soon as it is there. */
let next: { readonly name: string; readonly isReturning: boolean } | undefined;

export function readFieldDraft(name: string): FieldDraft | undefined {
  return parse(readText(name));
}

export function useFieldDraft(name: string): FieldDraft | undefined {
  const [text] = useKeptText(name);
  return useMemo(() => parse(text), [text]);
}

export function openField(name: string, was: string): void {
  const known = readFieldDraft(name);
  keep(name, { ...known, text: known?.text ?? was, was, state: "open" });
  next = { name, isReturning: false };
}

export function writeField(name: string, text: string): void {
  const known = readFieldDraft(name);
  if (known) keep(name, { ...known, text });
}

/** Closes the field, and keeps what was written in it. */
export function putFieldAside(name: string): void {
  const known = readFieldDraft(name);
  if (!known) return;
  if (known.text === known.was) forgetField(name);
  else keep(name, { ...known, state: "aside" });
}

export function forgetField(name: string): void {
  keepText(name, "");
}

/** Opens the field again, with the text and the reason. What was written in it meanwhile stays. */
export function refuseField(name: string, refused: FieldDraft, code: string): void {
  const known = readFieldDraft(name);
  keep(name, { ...(known?.state === "open" ? known : refused), state: "open", refusal: code });
}

export function isAwaited(name: string): boolean {
  return awaited.has(name);
}

/** Closes the field and sends what is in it. The text is forgotten when it is known to be taken, and not before. */
export async function sendField(name: string, draft: FieldDraft, change: Promise<unknown>): Promise<void> {
  const { refusal: _answered, ...sent } = draft;
  keep(name, { ...sent, state: "sent" });
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
 * The focus goes to a field that was just opened. It comes back to one that had it and was drawn anew, for example
 * because its row scrolled away, unless it is elsewhere by now.
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
      // A title is often written anew, a message goes on. Whoever was in the middle of writing goes on, too.
      element.setSelectionRange(element.tagName === "INPUT" && !next.isReturning ? 0 : length, length);
      // A field that is hidden takes no focus: the same chat may be in the list and in the drawer.
      if (document.activeElement === element) next = undefined;
    }
    return () => {
      if (document.activeElement === element) next = { name, isReturning: true };
    };
  }, [name, field]);
}

function keep(name: string, draft: FieldDraft): void {
  keepText(name, JSON.stringify(draft));
}

function parse(text: string): FieldDraft | undefined {
  try {
    return text === "" ? undefined : (JSON.parse(text) as FieldDraft);
  } catch {
    return undefined;
  }
}

// With the page itself: looks that did not come with a file are not asked for again when it is.
import "katex/dist/katex.min.css";
import { useSyncExternalStore, type ComponentType, type ReactNode } from "react";
import { retryMs } from "../loading/retry-delay.ts";
import type { MarkdownProperties } from "./markdown.tsx";
import { PlainText } from "./plain-text.tsx";

let markdown: ComponentType<MarkdownProperties> | undefined;
const waiting = new Set<() => void>();

async function load(attempt: number): Promise<void> {
  try {
    ({ Markdown: markdown } = await import("./markdown.tsx"));
    for (const tell of waiting) tell();
  } catch {
    setTimeout(() => void load(attempt + 1), retryMs(attempt));
  }
}

// It comes by itself and is asked for before anybody has said anything: the page is there sooner without it.
void load(0);

function subscribe(tell: () => void): () => void {
  waiting.add(tell);
  return () => void waiting.delete(tell);
}

/** Markdown; the text as it is until what shows it is here. */
export function LazyMarkdown(properties: MarkdownProperties): ReactNode {
  const Markdown = useSyncExternalStore(subscribe, () => markdown);
  if (Markdown) return <Markdown {...properties} />;
  return <PlainText className="prose-answer" text={properties.content} />;
}

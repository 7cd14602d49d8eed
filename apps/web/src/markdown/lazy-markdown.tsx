// Part of the page's own styles. A style sheet that failed to load with a lazy script is not requested again.
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
    for (const listener of waiting) listener();
  } catch {
    setTimeout(() => void load(attempt + 1), retryMs(attempt));
  }
}

// A file of its own, requested before there is anything to show: the page is usable sooner without it.
void load(0);

function subscribe(listener: () => void): () => void {
  waiting.add(listener);
  return () => void waiting.delete(listener);
}

/** Markdown. Until its component is loaded, the text is shown as it is. */
export function LazyMarkdown(properties: MarkdownProperties): ReactNode {
  const Markdown = useSyncExternalStore(subscribe, () => markdown);
  if (Markdown) return <Markdown {...properties} />;
  return <PlainText className="prose-answer" text={properties.content} />;
}

// With the page itself: looks that did not come with a file are not asked for again when it is.
import "katex/dist/katex.min.css";
import { useSyncExternalStore, type ComponentType, type ReactNode } from "react";
import type { MarkdownProperties } from "./markdown.tsx";
import { PlainText } from "./plain-text.tsx";

/** A file that could not be loaded is asked for again after this long: the network was away, or another version of the page came. */
const retryMs = [500, 2_000, 5_000, 15_000, 30_000] as const;

let markdown: ComponentType<MarkdownProperties> | undefined;
let attempts = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
const waiting = new Set<() => void>();

async function load(): Promise<void> {
  clearTimeout(retry);
  retry = undefined;
  try {
    ({ Markdown: markdown } = await import("./markdown.tsx"));
    for (const tell of waiting) tell();
  } catch {
    retry = setTimeout(() => void load(), retryMs[Math.min(attempts++, retryMs.length - 1)]);
  }
}

// It comes by itself and is asked for before anybody has said anything: the page is there sooner without it.
void load();
globalThis.addEventListener("online", () => {
  if (retry !== undefined) void load();
});

function subscribe(tell: () => void): () => void {
  waiting.add(tell);
  return () => void waiting.delete(tell);
}

/** Markdown; the text as it is until what shows it is here. */
export function LazyMarkdown(properties: MarkdownProperties): ReactNode {
  const Markdown = useSyncExternalStore(subscribe, () => markdown);
  if (Markdown) return <Markdown {...properties} />;
  return (
    <div className="prose-answer">
      <PlainText text={properties.content} />
    </div>
  );
}

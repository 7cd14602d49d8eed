import { lazy, Suspense, type ReactNode } from "react";

/** Larger than all of the rest, so it comes by itself, and it is asked for before anybody has said anything. */
const loading = import("./markdown.tsx");
const Markdown = lazy(() => loading);

interface LazyMarkdownProperties {
  readonly content: string;
  readonly isStreaming: boolean;
}

/** Markdown; the bare text until what renders it is here. */
export function LazyMarkdown(properties: LazyMarkdownProperties): ReactNode {
  return (
    <Suspense fallback={<p className="prose-answer whitespace-pre-wrap">{properties.content}</p>}>
      <Markdown {...properties} />
    </Suspense>
  );
}

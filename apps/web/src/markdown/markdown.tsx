import { cjk } from "@streamdown/cjk";
import { code } from "@streamdown/code";
import { math } from "@streamdown/math";
import "katex/dist/katex.min.css";
import { memo, useMemo, type ReactNode } from "react";
import { defaultRehypePlugins, defaultTranslations, Streamdown, type Components } from "streamdown";
import { useText } from "../locale/use-text.ts";
import { MarkdownImage } from "./markdown-image.tsx";

const plugins = { cjk, code, math };
/** Without the one that makes elements of HTML: a `<source>` beside an image of the page's own can lead anywhere. */
const rehypePlugins = Object.entries(defaultRehypePlugins).flatMap(([name, plugin]) =>
  name === "raw" ? [] : [plugin],
);
const components = { img: MarkdownImage, a: Link } as Components;
const controls = { code: { copy: true, download: false }, table: false, mermaid: false } as const;

interface MarkdownProperties {
  readonly content: string;
  readonly isStreaming: boolean;
}

/** Markdown as it is being written: what is not closed yet is shown as if it were. HTML of the model's is text like any other. */
const Markdown: (properties: MarkdownProperties) => ReactNode = memo(function Markdown({
  content,
  isStreaming,
}: MarkdownProperties): ReactNode {
  const text = useText();
  const translations = useMemo(
    () => ({ ...defaultTranslations, copyCode: text("answer.copyCode"), copied: text("message.copied") }),
    [text],
  );
  return (
    <Streamdown
      className={isStreaming ? "prose-answer is-writing" : "prose-answer"}
      dir="auto"
      isAnimating={isStreaming}
      plugins={plugins}
      rehypePlugins={rehypePlugins}
      components={components}
      controls={controls}
      translations={translations}
      lineNumbers={false}
      shikiTheme={["github-light", "github-dark"]}
    >
      {content}
    </Streamdown>
  );
});

/** Opens beside the chat, and tells the other side nothing of it. */
function Link({
  href,
  children,
}: {
  readonly href?: string | undefined;
  readonly children?: ReactNode;
}): ReactNode {
  return (
    <a
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow"
      className="text-accent underline underline-offset-2"
    >
      {children}
    </a>
  );
}

export default Markdown;

import { Check, Copy } from "lucide-react";
import { memo, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useText } from "../../locale/use-text.ts";
import { useAdmitted } from "../budget/admission.ts";
import { useFollow } from "./use-follow.ts";
import type { Code, CodeChunk } from "../parser/tree/unit.ts";

interface CodeBlockProperties {
  readonly code: Code;
  readonly isWriting: boolean;
}

const microsOfChunk = 200;
const microsOfSpan = 8;
const copiedMs = 2_000;

/** A block of code in its colours. The lines of long code are shown one part after another. */
export function CodeBlock({ code: { language, chunks }, isWriting }: CodeBlockProperties): ReactNode {
  const box = useFollow<HTMLDivElement>(isWriting, chunks);
  const costs = useMemo(
    () =>
      chunks.map(({ text, spans }) => microsOfChunk + text.length / 3 + (spans.length / 2) * microsOfSpan),
    [chunks],
  );
  const admitted = useAdmitted(costs, box);
  return (
    <div
      className="relative my-4 flex w-full flex-col gap-2 rounded-xl border border-border bg-sidebar p-2"
      data-language={language}
      data-streamdown="code-block"
      dir="ltr"
    >
      <div
        className="flex h-8 items-center text-xs text-muted-foreground"
        data-language={language}
        data-streamdown="code-block-header"
      >
        <span className="ml-1 font-mono lowercase">{language}</span>
      </div>
      <CopyButton chunks={chunks} isDisabled={isWriting} />
      <div
        ref={box}
        className="max-h-[400px] overflow-x-auto overflow-y-auto rounded-md border border-border bg-background p-4 text-sm"
        data-language={language}
        data-streamdown="code-block-body"
      >
        <pre>
          <code>
            {chunks.slice(0, admitted).map((chunk, index) => (
              <Chunk key={index} chunk={chunk} />
            ))}
          </code>
        </pre>
      </div>
    </div>
  );
}

const Chunk: (properties: { readonly chunk: CodeChunk }) => ReactNode = memo(
  function Chunk({ chunk: { text, spans, styles } }: { readonly chunk: CodeChunk }): ReactNode {
    if (spans.length === 0) return <span className="code-chunk">{text}</span>;
    const parts: ReactNode[] = [];
    let at = 0;
    for (let index = 0; index < spans.length; index += 2) {
      const end = at + (spans[index] ?? 0);
      parts.push(
        <span key={at} style={styles[spans[index + 1] ?? 0]}>
          {text.slice(at, end)}
        </span>,
      );
      at = end;
    }
    return <span className="code-chunk">{parts}</span>;
  },
  // Each answer of the parser has the same chunks as new objects.
  ({ chunk }, { chunk: next }) =>
    chunk === next || (chunk.text === next.text && chunk.spans.length === next.spans.length),
);

function CopyButton({
  chunks,
  isDisabled,
}: {
  readonly chunks: readonly CodeChunk[];
  readonly isDisabled: boolean;
}): ReactNode {
  const text = useText();
  const [isCopied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(chunks.map((chunk) => chunk.text).join(""));
    setCopied(true);
    timer.current = setTimeout(() => setCopied(false), copiedMs);
  };
  const Icon = isCopied ? Check : Copy;
  return (
    <div className="pointer-events-none absolute top-2 right-2 z-10 flex items-center">
      <div
        className="pointer-events-auto flex shrink-0 items-center gap-2 rounded-md border border-sidebar bg-sidebar/80 px-1.5 py-1 supports-[backdrop-filter]:bg-sidebar/70 supports-[backdrop-filter]:backdrop-blur"
        data-streamdown="code-block-actions"
      >
        <button
          type="button"
          aria-label={text("answer.copyCode")}
          title={text("answer.copyCode")}
          className="cursor-pointer p-1 text-muted-foreground transition-all hover:text-foreground disabled:cursor-not-allowed disabled:opacity-50"
          data-streamdown="code-block-copy-button"
          disabled={isDisabled}
          onClick={() => void copy().catch(() => undefined)}
        >
          <Icon size={14} aria-hidden />
        </button>
        {isCopied && (
          <output aria-live="polite" className="sr-only">
            {text("message.copied")}
          </output>
        )}
      </div>
    </div>
  );
}

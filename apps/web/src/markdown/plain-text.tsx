import { memo, useMemo, useRef, type ReactNode } from "react";
import { useAdmitted } from "./budget/admission.ts";
import { cutPieces } from "./budget/pieces.ts";
import { useGeneration } from "./use-generation.ts";

interface PlainTextProperties {
  readonly text: string;
  /** Offset of the first character that is shown. A change of it moves no piece behind it. */
  readonly from?: number;
  readonly className?: string;
}

/** Text as it is, of any length, in pieces that are shown one after another. */
export function PlainText(properties: PlainTextProperties): ReactNode {
  return <Pieces key={useGeneration(properties.text)} {...properties} />;
}

function Pieces({ text, from = 0, className = "" }: PlainTextProperties): ReactNode {
  const element = useRef<HTMLParagraphElement>(null);
  const pieces = useMemo(() => cutPieces(text), [text]);
  const costs = useMemo(() => {
    let end = 0;
    return pieces.map((piece) => ((end += piece.text.length) <= from ? 0 : piece.micros));
  }, [pieces, from]);
  const admitted = useAdmitted(costs, element);
  let end = 0;
  const shown = pieces.slice(0, admitted).map((piece, index): ReactNode => {
    const rest = piece.text.slice(Math.max(0, from - end));
    end += piece.text.length;
    if (rest === "") return undefined;
    // Most texts are one piece and need no element of their own.
    return pieces.length === 1 ? rest : <TextPiece key={index} text={rest} />;
  });
  return (
    <p ref={element} className={`whitespace-pre-wrap ${className}`} dir="auto">
      {shown}
    </p>
  );
}

/**
 * An element of its own, so that the browser lays out no more than this at once. It is inline, so that copied
 * text has no extra line break.
 */
export const TextPiece: (properties: { readonly text: string }) => ReactNode = memo(function TextPiece({
  text,
}: {
  readonly text: string;
}): ReactNode {
  return <span className="text-piece">{text}</span>;
});

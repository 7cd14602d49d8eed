import { memo, useMemo, useRef, type ReactNode } from "react";
import { useAdmitted } from "./admission.ts";
import { cutPieces } from "./pieces.ts";
import { useGeneration } from "./use-generation.ts";

interface PlainTextProperties {
  readonly text: string;
  /** The first character that is shown. Another one moves no piece behind it. */
  readonly from?: number;
  readonly className?: string;
}

/** Text as it is, of any length: in pieces that are shown one after another. */
export function PlainText(properties: PlainTextProperties): ReactNode {
  return <Pieces key={useGeneration(properties.text)} {...properties} />;
}

function Pieces({ text, from = 0, className = "" }: PlainTextProperties): ReactNode {
  const element = useRef<HTMLParagraphElement>(null);
  const pieces = useMemo(() => piecesOf(text), [text]);
  const costs = useMemo(() => pieces.map(({ end, micros }) => (end <= from ? 0 : micros)), [pieces, from]);
  const admitted = useAdmitted(costs, element);
  const shown = pieces.slice(0, admitted).map(({ start, end }, index): ReactNode => {
    if (end <= from) return undefined;
    const piece = text.slice(Math.max(start, from), end);
    // Most texts are one piece, and need no box in the box.
    return pieces.length === 1 ? piece : <TextPiece key={index} text={piece} />;
  });
  return (
    <p ref={element} className={`whitespace-pre-wrap ${className}`} dir="auto">
      {shown}
    </p>
  );
}

interface Place {
  readonly start: number;
  readonly end: number;
  readonly micros: number;
}

function piecesOf(text: string): Place[] {
  let end = 0;
  return cutPieces(text).map(({ text: piece, micros }) => {
    const start = end;
    end += piece.length;
    return { start, end, micros };
  });
}

/** A box of its own, so that a browser lays out no more than this at once; in a line, so that no line is added to what is copied. */
export const TextPiece: (properties: { readonly text: string }) => ReactNode = memo(function TextPiece({
  text,
}: {
  readonly text: string;
}): ReactNode {
  return <span className="text-piece">{text}</span>;
});

import { memo, useId, useMemo, useRef, type ReactNode } from "react";
import { useAdmitted } from "./budget/admission.ts";
import { bounds } from "./budget/bounds.ts";
import { render, type Surroundings } from "./elements/elements.tsx";
import { PlainText, TextPiece } from "./plain-text.tsx";
import { useGeneration } from "./use-generation.ts";
import { useReading } from "./reading/use-reading.ts";
import type { Unit } from "./parser/tree/unit.ts";

export interface MarkdownProperties {
  readonly content: string;
  readonly isWriting: boolean;
}

/**
 * Markdown that may still be streaming: open markup is shown as if it were closed. HTML in it is text. A text
 * that takes too long to read is shown as it is.
 */
export const Markdown: (properties: MarkdownProperties) => ReactNode = memo(function Markdown(
  properties: MarkdownProperties,
): ReactNode {
  return <ReadMarkdown key={useGeneration(properties.content)} {...properties} />;
});

function ReadMarkdown({ content, isWriting }: MarkdownProperties): ReactNode {
  const { text, units, from } = useReading(content, isWriting);
  const element = useRef<HTMLDivElement>(null);
  const idPrefix = useId();
  const sections = useMemo(() => sectionsOf(units), [units]);
  const costs = useMemo(() => sections.map(({ micros }) => micros), [sections]);
  const admitted = useAdmitted(costs, element);
  return (
    <div ref={element} className={`prose-answer whitespace-normal ${isWriting ? "is-writing" : ""}`}>
      {sections.slice(0, admitted).map((section, index) => (
        <SectionOf
          key={index}
          units={section.units}
          idPrefix={idPrefix}
          isWriting={isWriting && index === sections.length - 1}
        />
      ))}
      {from < text.length && <PlainText text={text} from={from} />}
    </div>
  );
}

/** Units that are shown at once. */
interface Section {
  readonly units: Unit[];
  micros: number;
}

const maxUnits = 60;

/** Cuts from the beginning, so more units at the end change only the last section. */
function sectionsOf(units: readonly Unit[]): Section[] {
  const sections: Section[] = [];
  for (const unit of units) {
    const last = sections.at(-1);
    const isFull =
      last?.units[0]?.kind !== unit.kind ||
      last.micros + unit.micros > bounds.sectionMicros ||
      last.units.length >= maxUnits;
    if (isFull) sections.push({ units: [unit], micros: unit.micros });
    else {
      last.units.push(unit);
      last.micros += unit.micros;
    }
  }
  return sections;
}

interface SectionProperties extends Surroundings {
  readonly units: readonly Unit[];
}

const SectionOf: (properties: SectionProperties) => ReactNode = memo(
  function SectionOf({ units, idPrefix, isWriting }: SectionProperties): ReactNode {
    // Pieces of one text share lines, and a box around some of them would end a line.
    return (
      <div className={units[0]?.kind === "plain" ? "contents" : ""}>
        {units.map((unit, index) => (
          <UnitOf
            key={index}
            unit={unit}
            idPrefix={idPrefix}
            isWriting={isWriting && index === units.length - 1}
          />
        ))}
      </div>
    );
  },
  (before, { units, idPrefix, isWriting }) =>
    before.idPrefix === idPrefix &&
    before.isWriting === isWriting &&
    before.units.length === units.length &&
    before.units.every((unit, index) => unit === units[index]),
);

interface UnitProperties extends Surroundings {
  readonly unit: Unit;
}

const UnitOf: (properties: UnitProperties) => ReactNode = memo(function UnitOf({
  unit,
  idPrefix,
  isWriting,
}: UnitProperties): ReactNode {
  if (unit.kind === "plain") return <TextPiece text={unit.text} />;
  return (
    <div dir={unit.direction} className={isWriting ? "is-last contents" : "contents"}>
      {render(unit.node, { idPrefix, isWriting })}
    </div>
  );
});

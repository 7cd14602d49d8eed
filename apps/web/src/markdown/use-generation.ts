import { useRef } from "react";

/**
 * A number that changes when the text is another one, and not a longer one. As a React key it removes what
 * was shown of the previous text, since an equally long part of the new text would be shown at once.
 */
export function useGeneration(text: string): number {
  const known = useRef({ text, generation: 0 });
  const { generation, text: before } = known.current;
  if (before !== text)
    known.current = { text, generation: text.startsWith(before) ? generation : generation + 1 };
  return known.current.generation;
}

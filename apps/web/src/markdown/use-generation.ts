import { useRef } from "react";

/**
 * Another number when the text is another one, and not more of the same. As a key it lets nothing that was shown of the one before stay:
 * that much of another text would come at once.
 */
export function useGeneration(text: string): number {
  const known = useRef({ text, generation: 0 });
  const { generation, text: before } = known.current;
  if (before !== text)
    known.current = { text, generation: text.startsWith(before) ? generation : generation + 1 };
  return known.current.generation;
}

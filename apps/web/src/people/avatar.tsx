import { Sparkles } from "lucide-react";
import type { ReactNode } from "react";

/** Hues that differ from the accent and from each other. */
const hues = [12, 32, 52, 192, 212, 232, 262, 292, 322, 342];

interface AvatarProperties {
  readonly user: { readonly id: string; readonly name: string };
  readonly size?: "small" | "normal";
}

/** The first letter of a person's name, in a colour of their own. The name stands beside it or in a label. */
export function Avatar({ user, size = "normal" }: AvatarProperties): ReactNode {
  const measure = size === "small" ? "size-5 text-[0.65rem]" : "size-8 text-sm";
  const hue = hues[hash(user.id) % hues.length];
  return (
    <span
      aria-hidden
      className={`inline-grid shrink-0 place-items-center rounded-full font-semibold text-white select-none ${measure}`}
      style={{ backgroundColor: `hsl(${hue} 45% 38%)` }}
    >
      {firstLetter(user.name)}
    </span>
  );
}

export function AiAvatar(): ReactNode {
  return (
    <span
      aria-hidden
      className="inline-grid size-8 shrink-0 place-items-center rounded-full bg-mine text-accent"
    >
      <Sparkles size={17} />
    </span>
  );
}

/** The first letter as a reader sees it: a syllable or an emoji of several code points is one. */
function firstLetter(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return first?.segment.toUpperCase() ?? "?";
}

function hash(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

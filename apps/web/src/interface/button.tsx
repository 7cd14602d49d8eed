import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, ReactNode } from "react";

const looks = {
  solid:
    "bg-accent text-on-accent hover:brightness-110 disabled:bg-hover disabled:text-soft disabled:hover:brightness-100",
  quiet: "text-ink hover:bg-hover",
  line: "border border-line bg-raised text-ink hover:bg-hover",
  alarm: "text-alarm hover:bg-alarm-ground",
} as const;

export type ButtonLook = keyof typeof looks;

function buttonClass(look: ButtonLook, more = ""): string {
  return `inline-flex items-center justify-center gap-1.5 rounded-lg px-3 py-1.5 text-sm font-medium transition-colors ${looks[look]} ${more}`;
}

interface ButtonProperties extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly look?: ButtonLook;
}

export function Button({ look = "quiet", className, ...rest }: ButtonProperties): ReactNode {
  return <button type="button" className={buttonClass(look, className)} {...rest} />;
}

function iconButtonClass(more = ""): string {
  return `inline-grid size-8 shrink-0 place-items-center rounded-lg text-soft transition-colors hover:bg-hover hover:text-ink disabled:opacity-40 ${more}`;
}

interface IconButtonProperties extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What the button does: its tooltip, and its name for a screen reader. */
  readonly label: string;
}

interface ActionButtonProperties {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly isAlarming?: boolean;
  readonly isDisabled?: boolean;
  readonly run: () => void;
}

/** One of several small icons in a line of text. */
export function ActionButton(properties: ActionButtonProperties): ReactNode {
  const { icon: Icon, label, isAlarming = false, isDisabled = false, run } = properties;
  return (
    <IconButton
      label={label}
      className={isAlarming ? "size-7 hover:text-alarm" : "size-7"}
      disabled={isDisabled}
      onClick={run}
    >
      <Icon size={15} aria-hidden />
    </IconButton>
  );
}

export function IconButton({ label, className, ...rest }: IconButtonProperties): ReactNode {
  return (
    <button type="button" aria-label={label} title={label} className={iconButtonClass(className)} {...rest} />
  );
}

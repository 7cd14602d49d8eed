import type { ReactNode } from "react";
import { Panel } from "../interface/panel.tsx";
import type { TextKey } from "../locale/en.ts";
import { useText } from "../locale/use-text.ts";

const keys: readonly { readonly keys: readonly string[]; readonly does: TextKey }[] = [
  { keys: ["Enter"], does: "keyboard.send" },
  { keys: ["Shift", "Enter"], does: "keyboard.newLine" },
  { keys: ["Esc"], does: "keyboard.stop" },
  { keys: ["↑"], does: "keyboard.editLast" },
  { keys: ["Alt", "N"], does: "keyboard.newChat" },
  { keys: ["Ctrl", "K"], does: "keyboard.search" },
  { keys: ["/"], does: "keyboard.focusComposer" },
  { keys: ["?"], does: "keyboard.help" },
];

interface KeyboardPanelProperties {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

export function KeyboardPanel({ isOpen, onOpenChange }: KeyboardPanelProperties): ReactNode {
  const text = useText();
  return (
    <Panel isOpen={isOpen} onOpenChange={onOpenChange} title={text("keyboard.title")}>
      <dl className="flex flex-col gap-2 text-sm">
        {keys.map((entry) => (
          <div key={entry.does} className="flex items-center justify-between gap-4">
            <dt>{text(entry.does)}</dt>
            <dd className="flex gap-1">
              {entry.keys.map((key) => (
                <kbd
                  key={key}
                  className="rounded-md border border-line bg-sunken px-1.5 py-0.5 font-mono text-xs"
                >
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

import { Menu } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";

interface ActionMenuProperties {
  /** The button that opens it. */
  readonly trigger: ReactElement;
  readonly children: ReactNode;
  readonly side?: "top" | "bottom";
  readonly align?: "start" | "end";
  readonly onOpen?: () => void;
}

export function ActionMenu({
  trigger,
  children,
  side = "bottom",
  align = "end",
  onOpen,
}: ActionMenuProperties): ReactNode {
  return (
    <Menu.Root onOpenChange={(isOpen) => isOpen && onOpen?.()}>
      <Menu.Trigger render={trigger} />
      <Menu.Portal>
        <Menu.Positioner side={side} align={align} sideOffset={4} className="z-40 outline-none">
          <Menu.Popup className="min-w-40 rounded-xl border border-line bg-raised p-1 shadow-raised outline-none transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0">
            {children}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

interface ActionProperties {
  readonly icon: ReactNode;
  readonly label: string;
  readonly isAlarming?: boolean;
  readonly run: () => void;
}

export function Action({ icon, label, isAlarming = false, run }: ActionProperties): ReactNode {
  const color = isAlarming ? "text-alarm data-highlighted:bg-alarm-ground" : "data-highlighted:bg-hover";
  return (
    <Menu.Item
      onClick={run}
      className={`flex cursor-default items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-sm outline-none select-none ${color}`}
    >
      {icon}
      {label}
    </Menu.Item>
  );
}

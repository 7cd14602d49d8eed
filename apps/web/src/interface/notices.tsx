import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useText } from "../locale/use-text.ts";
import { IconButton } from "./button.tsx";

const notices: ReturnType<typeof Toast.createToastManager> = Toast.createToastManager();

export interface Notice {
  readonly text: string;
  readonly action?: { readonly label: string; readonly run: () => void };
  readonly lastsMs?: number;
  /** A screen reader reads it out at once. */
  readonly isUrgent?: boolean;
}

/** Shows a notice for a while; `action` closes it. */
export function notify({ text, action, lastsMs = 5_000, isUrgent = false }: Notice): void {
  const id = notices.add({
    description: text,
    timeout: lastsMs,
    priority: isUrgent ? "high" : "low",
    ...(action
      ? {
          actionProps: {
            children: action.label,
            onClick() {
              notices.close(id);
              action.run();
            },
          },
        }
      : {}),
  });
}

export function Notices(): ReactNode {
  return (
    <Toast.Provider toastManager={notices} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="fixed inset-x-3 bottom-[calc(6.5rem+env(safe-area-inset-bottom))] z-50 mx-auto flex max-w-md flex-col gap-2 outline-none">
          <NoticeList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

function NoticeList(): ReactNode {
  const { toasts } = Toast.useToastManager();
  const text = useText();
  return toasts.map((toast) => (
    <Toast.Root
      key={toast.id}
      data-notice
      toast={toast}
      className="rounded-xl bg-ink text-paper shadow-raised transition-[opacity,translate] duration-200 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0"
    >
      <Toast.Content className="flex items-center gap-2 py-2 pr-2 pl-4">
        <Toast.Description className="flex-1 text-sm" />
        <Toast.Action className="rounded-md px-2 py-1 text-sm font-semibold underline underline-offset-2 hover:no-underline" />
        <Toast.Close
          render={
            <IconButton label={text("app.close")} className="text-paper hover:bg-paper/15 hover:text-paper" />
          }
        >
          <X size={16} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ));
}

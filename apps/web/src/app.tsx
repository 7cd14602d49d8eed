import { Dialog } from "@base-ui/react/dialog";
import { useClient } from "@natter/client/react";
import { X } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import { Conversation } from "./conversation/conversation.tsx";
import { IconButton } from "./interface/button.tsx";
import { Notices } from "./interface/notices.tsx";
import { useChangeFailed } from "./interface/use-attempt.ts";
import { useText } from "./locale/use-text.ts";
import { KeyboardPanel } from "./keyboard/keyboard-panel.tsx";
import { useShortcuts } from "./keyboard/shortcuts.ts";
import { useCurrentSession } from "./sessions/current-session.ts";
import { resumeDeletions } from "./sessions/deletions.ts";
import { Sidebar, useListFilter } from "./sidebar/sidebar.tsx";

/** The list of chats beside one conversation. On a narrow screen the list is a drawer. */
export function App(): ReactNode {
  const { sessionId, found, open, leaveMessage, begin } = useCurrentSession();
  const [isSidebarOpen, setSidebarOpen] = useState(false);
  const [isKeyboardOpen, setKeyboardOpen] = useState(false);
  const filter = useListFilter();
  useShortcuts({
    sessionId,
    begin,
    openSidebar: () => setSidebarOpen(true),
    showKeyboard: () => setKeyboardOpen(true),
  });
  useLeftDeletions();
  const sidebar = (
    <Sidebar
      filter={filter}
      currentId={sessionId}
      open={(id, messageId) => {
        setSidebarOpen(false);
        open(id, messageId);
      }}
      begin={() => {
        setSidebarOpen(false);
        begin();
      }}
      showKeyboard={() => setKeyboardOpen(true)}
    />
  );
  return (
    <div className="grid h-dvh grid-cols-1 wide:grid-cols-[17.5rem_minmax(0,1fr)]">
      <div className="min-h-0 border-r border-line max-wide:hidden">{sidebar}</div>
      <Drawer isOpen={isSidebarOpen} onOpenChange={setSidebarOpen}>
        {sidebar}
      </Drawer>
      <Conversation
        key={sessionId}
        sessionId={sessionId}
        found={found}
        leaveMessage={leaveMessage}
        begin={begin}
        openSidebar={() => setSidebarOpen(true)}
      />
      <KeyboardPanel isOpen={isKeyboardOpen} onOpenChange={setKeyboardOpen} />
      <Notices />
    </div>
  );
}

interface DrawerProperties {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly children: ReactNode;
}

function Drawer({ isOpen, onOpenChange, children }: DrawerProperties): ReactNode {
  const text = useText();
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-30 bg-black/35 transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0 wide:hidden" />
        <Dialog.Popup
          aria-label={text("sessions.label")}
          className="fixed inset-y-0 left-0 z-30 w-[min(20rem,85vw)] shadow-raised outline-none transition-transform data-ending-style:-translate-x-full data-starting-style:-translate-x-full wide:hidden"
        >
          {children}
          <Dialog.Close
            render={<IconButton label={text("app.closeSessions")} />}
            className="absolute top-3 -right-11 bg-raised"
          >
            <X size={18} aria-hidden />
          </Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Continues the deletions that an earlier page had begun when it was closed. */
function useLeftDeletions(): void {
  const { sessions } = useClient();
  const changeFailed = useChangeFailed();
  useEffect(() => resumeDeletions(sessions, changeFailed), [sessions, changeFailed]);
}

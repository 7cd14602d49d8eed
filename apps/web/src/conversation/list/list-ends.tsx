import type { Session } from "@natter/client";
import { useHistory } from "@natter/client/react";
import type { ReactNode } from "react";
import { reasonOf } from "../../interface/reason.ts";
import { useText } from "../../locale/use-text.ts";
import type { NewerMessages } from "./use-pages.ts";

interface TopProperties {
  readonly session: Session;
  readonly isFailedBelow: boolean;
}

/** Stands above the first message that is loaded. It always has the same height, so the list does not jump. */
export function Top({ session, isFailedBelow }: TopProperties): ReactNode {
  const text = useText();
  const { state, hasOlder, error } = useHistory(session);
  return (
    <div className="absolute inset-x-0 top-0 grid h-14 place-items-center px-4 text-xs text-soft">
      {state === "failed" && !isFailedBelow ? (
        <PageFailure
          what="conversation.historyFailed"
          error={error}
          tryAgain={() => void session.loadOlder().catch(() => undefined)}
        />
      ) : (
        text(hasOlder || state === "loading" ? "conversation.loadingOlder" : "conversation.beginning")
      )}
    </div>
  );
}

interface PageFailureProperties {
  readonly what: "conversation.historyFailed" | "conversation.newerFailed";
  readonly error: unknown;
  readonly tryAgain: () => void;
}

function PageFailure({ what, error, tryAgain }: PageFailureProperties): ReactNode {
  const text = useText();
  return (
    <span role="alert">
      {text(what, { reason: reasonOf(error, text) })}{" "}
      <button type="button" className="font-semibold underline" onClick={tryAgain}>
        {text("sessions.tryAgain")}
      </button>
    </span>
  );
}

interface BottomProperties {
  readonly session: Session;
  readonly newer: NewerMessages;
}

/** Stands below the last message that is loaded, if the session has newer ones. */
export function Bottom({ session, newer }: BottomProperties): ReactNode {
  const text = useText();
  const { hasNewer } = useHistory(session);
  if (!hasNewer) return null;
  return (
    <div className="absolute inset-x-0 bottom-0 grid h-14 place-items-center px-4 text-xs text-soft">
      {newer.error === undefined ? (
        text("conversation.loadingNewer")
      ) : (
        <PageFailure what="conversation.newerFailed" error={newer.error} tryAgain={newer.load} />
      )}
    </div>
  );
}

import { useState, type ReactNode } from "react";
import { writeDraft, readDraft } from "../drafts/draft.ts";
import { Button } from "../interface/button.tsx";
import { Panel } from "../interface/panel.tsx";
import { useText } from "../locale/use-text.ts";
import { useGuest } from "./guest.tsx";

interface NamePanelProperties {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
}

const nameLength = 64;
/** Name of the draft: it survives the closing of the panel. */
const nameDraft = "yourName";

export function NamePanel({ isOpen, onOpenChange }: NamePanelProperties): ReactNode {
  const text = useText();
  const guest = useGuest();
  const [name, setName] = useState(() => readDraft(nameDraft) || guest.name);
  const close = (): void => {
    writeDraft(nameDraft, "");
    onOpenChange(false);
  };
  const save = (): void => {
    const wanted = name.trim();
    if (wanted !== "" && wanted !== guest.name) guest.rename(wanted);
    close();
  };
  return (
    <Panel isOpen={isOpen} onOpenChange={onOpenChange} title={text("people.changeName")}>
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <label className="flex flex-col gap-1 text-sm">
          {text("people.yourName")}
          <input
            value={name}
            maxLength={nameLength}
            onChange={(event) => {
              setName(event.target.value);
              writeDraft(nameDraft, event.target.value);
            }}
            className="rounded-lg border border-edge bg-paper px-3 py-2 text-base"
          />
          <span className="text-soft">{text("people.nameHint")}</span>
        </label>
        <div className="flex justify-end gap-2">
          <Button onClick={close}>{text("app.cancel")}</Button>
          <Button look="solid" type="submit" disabled={name.trim() === ""}>
            {text("app.save")}
          </Button>
        </div>
      </form>
    </Panel>
  );
}

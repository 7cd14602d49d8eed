import { Menu } from "@base-ui/react/menu";
import { useClient, useMe } from "@natter/client/react";
import { Check, Keyboard, Pencil } from "lucide-react";
import { useState, type ReactNode } from "react";
import { chooseLanguage, languages, type Language } from "../locale/locale.ts";
import { useLanguage, useText } from "../locale/use-text.ts";
import { Avatar } from "../people/avatar.tsx";
import { useGuest } from "../people/guest.tsx";
import { NamePanel } from "../people/name-panel.tsx";
import { chooseTheme, themes, useTheme, type Theme } from "./theme.ts";

const themeNames = {
  system: "preferences.themeSystem",
  light: "preferences.themeLight",
  dark: "preferences.themeDark",
} as const;
const itemClass =
  "flex cursor-default items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-sm outline-none select-none data-highlighted:bg-hover";

interface PreferencesMenuProperties {
  readonly sessionId: string;
  readonly showKeyboard: () => void;
}

/** The person's name, the theme, the language and the keys. */
export function PreferencesMenu({ sessionId, showKeyboard }: PreferencesMenuProperties): ReactNode {
  const text = useText();
  const { name } = useGuest();
  const me = useMe(useClient().session(sessionId));
  const [isNaming, setNaming] = useState(false);
  return (
    <>
      <Menu.Root>
        <Menu.Trigger className="flex min-w-0 flex-1 items-center gap-2 rounded-lg px-2 py-1.5 text-left text-sm hover:bg-hover">
          <Avatar user={{ id: me?.id ?? "", name }} size="small" />
          <span className="truncate">{name}</span>
        </Menu.Trigger>
        <Menu.Portal>
          <Menu.Positioner side="top" align="start" sideOffset={6} className="z-40 outline-none">
            <Menu.Popup
              aria-label={text("preferences.label")}
              className="min-w-52 rounded-xl border border-line bg-raised p-1 shadow-raised outline-none"
            >
              <Menu.Item className={itemClass} onClick={() => setNaming(true)}>
                <Pencil size={15} aria-hidden />
                {text("people.changeName")}
              </Menu.Item>
              <Menu.Item className={itemClass} onClick={showKeyboard}>
                <Keyboard size={15} aria-hidden />
                {text("preferences.keyboard")}
              </Menu.Item>
              <ThemeChoice />
              <LanguageChoice />
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {isNaming && <NamePanel isOpen onOpenChange={setNaming} />}
    </>
  );
}

function ThemeChoice(): ReactNode {
  const text = useText();
  const theme = useTheme();
  return (
    <Choice label={text("preferences.theme")} value={theme} onChange={(next) => chooseTheme(next as Theme)}>
      {themes.map((option) => (
        <Option key={option} value={option} label={text(themeNames[option])} />
      ))}
    </Choice>
  );
}

function LanguageChoice(): ReactNode {
  const text = useText();
  const language = useLanguage();
  return (
    <Choice
      label={text("preferences.language")}
      value={language}
      onChange={(next) => void chooseLanguage(next as Language)}
    >
      {Object.entries(languages).map(([option, name]) => (
        <Option key={option} value={option} label={name} />
      ))}
    </Choice>
  );
}

interface ChoiceProperties {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly children: ReactNode;
}

function Choice({ label, value, onChange, children }: ChoiceProperties): ReactNode {
  return (
    <Menu.Group className="mt-1 border-t border-line pt-1">
      <Menu.GroupLabel className="px-2.5 py-1 text-xs text-soft">{label}</Menu.GroupLabel>
      <Menu.RadioGroup value={value} onValueChange={(next: string) => onChange(next)}>
        {children}
      </Menu.RadioGroup>
    </Menu.Group>
  );
}

function Option({ value, label }: { readonly value: string; readonly label: string }): ReactNode {
  return (
    <Menu.RadioItem value={value} className={itemClass}>
      <span className="grid size-4 place-items-center">
        <Menu.RadioItemIndicator>
          <Check size={14} aria-hidden />
        </Menu.RadioItemIndicator>
      </span>
      {label}
    </Menu.RadioItem>
  );
}

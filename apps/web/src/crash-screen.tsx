import { Component, type ReactNode } from "react";
import { Button } from "./interface/button.tsx";
import { currentLocale } from "./locale/locale.ts";

/** Stands in the place of the page when the page has failed. */
export class CrashScreen extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override readonly state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override render(): ReactNode {
    if (!this.state.isBroken) return this.props.children;
    const { text } = currentLocale();
    return (
      <div role="alert" className="grid h-dvh place-content-center gap-4 p-6 text-center">
        <p>{text("app.failed")}</p>
        <Button look="solid" onClick={() => location.reload()}>
          {text("app.reload")}
        </Button>
      </div>
    );
  }
}

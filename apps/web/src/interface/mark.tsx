import type { ReactNode } from "react";

/** It stands in the page itself, so that the page needs no image of its own origin and may refuse all of them. */
const address = document.querySelector<HTMLLinkElement>("link[rel=icon]")?.href;

/** natter's sign. */
export function Mark({ size }: { readonly size: number }): ReactNode {
  return <img src={address} alt="" width={size} height={size} />;
}

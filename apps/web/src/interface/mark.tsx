import type { ReactNode } from "react";

/**
 * The image is part of the page, so the page requests no image from its own origin and may forbid all of
 * them.
 */
const address = document.querySelector<HTMLLinkElement>("link[rel=icon]")?.href;

/** The logo of natter. */
export function Mark({ size }: { readonly size: number }): ReactNode {
  return <img src={address} alt="" width={size} height={size} />;
}

import type { ReactNode } from "react";

/** natter's sign. Drawn and not fetched, so that the page needs no image of its own origin and may refuse all of them. */
export function Mark({ size }: { readonly size: number }): ReactNode {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden>
      <path d="M16 3a13 13 0 0 0-11.3 19.4L3 29l6.6-1.7A13 13 0 1 0 16 3Z" fill="#1e7a53" />
      <path
        d="M10 17.5c1.6-4 3.4-4 4.6 0s3 4 4.6 0 2.2-2.7 2.8-2"
        fill="none"
        stroke="#fff"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
    </svg>
  );
}

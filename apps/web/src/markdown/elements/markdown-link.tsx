import type { MouseEvent, ReactNode } from "react";

interface MarkdownLinkProperties {
  readonly href?: unknown;
  /** Prefix of this message's ids. */
  readonly idPrefix: string;
  readonly children?: ReactNode;
  readonly [name: string]: unknown;
}

const look = "text-accent underline underline-offset-2";

/**
 * A link. A link within the message scrolls to its target. Any other link opens a new tab, without a
 * referrer.
 */
export function MarkdownLink({ href, idPrefix, children, ...others }: MarkdownLinkProperties): ReactNode {
  if (typeof href !== "string" || href === incompleteLink) return <span className={look}>{children}</span>;
  if (href.startsWith("#"))
    return (
      <a
        {...others}
        href={`#${idPrefix}${href.slice(1)}`}
        className={look}
        onClick={(event) => goTo(event, idPrefix, href.slice(1))}
      >
        {children}
      </a>
    );
  return (
    <a {...others} href={href} target="_blank" rel="noopener noreferrer nofollow" className={look}>
      {children}
    </a>
  );
}

/** The address of a link that is still being written. */
const incompleteLink = "streamdown:incomplete-link";

function goTo(event: MouseEvent<HTMLAnchorElement>, idPrefix: string, name: string): void {
  event.preventDefault();
  const target =
    document.getElementById(`${idPrefix}${name}`) ??
    headingNamed(event.currentTarget.closest(".prose-answer"), name);
  if (!target) return;
  target.scrollIntoView({ block: "center" });
  if (!target.matches("a, button, [tabindex]")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

/** A table of contents names headings as GitHub does. */
function headingNamed(answer: Element | null, name: string): HTMLElement | undefined {
  const wanted = decoded(name).toLowerCase();
  return [...(answer?.querySelectorAll<HTMLElement>("h1, h2, h3, h4, h5, h6") ?? [])].find(
    ({ textContent }) => slugOf(textContent) === wanted,
  );
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

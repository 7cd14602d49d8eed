/** What becomes of the address of an image that a model wrote. Fetching it is a request in the reader's name, and an address can carry a secret. */
export type Picture =
  /** All of it is here already. */
  | { readonly kind: "here"; readonly address: string }
  /** It is fetched if somebody asks for it. */
  | { readonly kind: "elsewhere"; readonly address: string; readonly host: string }
  /** It is never fetched. */
  | { readonly kind: "none" };

/** Of dots and nothing else: a drawing can have scripts and addresses in it. */
const dots = /^data:image\/(?:avif|bmp|gif|jpeg|png|webp)[;,]/i;

/**
 * @param page the address of the page itself. Nothing from there is an image of an answer: whatever is asked of it, it does for whoever
 * asks.
 */
export function pictureOf(source: string, page: string): Picture {
  if (dots.test(source)) return { kind: "here", address: source };
  if (!URL.canParse(source, page)) return { kind: "none" };
  const { protocol, origin, host, href } = new URL(source, page);
  const isElsewhere = /^https?:$/.test(protocol) && origin !== new URL(page).origin;
  return isElsewhere ? { kind: "elsewhere", address: href, host } : { kind: "none" };
}

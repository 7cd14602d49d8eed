/**
 * What the page does with the address of an image that a model wrote. To fetch it is a request in the
 * reader's name, and an address can contain a secret.
 */
export type Picture =
  /** The address contains the image. */
  | { readonly kind: "here"; readonly address: string }
  /** The page fetches it if the person wants to see it. */
  | { readonly kind: "elsewhere"; readonly address: string; readonly host: string }
  /** The page never fetches it. */
  | { readonly kind: "none" };

/** Only bitmaps: an SVG can contain scripts and addresses. */
const dots = /^data:image\/(?:avif|bmp|gif|jpeg|png|webp)[;,]/i;

/**
 * @param page the address of the page itself. No image of an answer is fetched from its origin: the server
 * would treat the request as the reader's.
 */
export function pictureOf(source: string, page: string): Picture {
  if (dots.test(source)) return { kind: "here", address: source };
  if (!URL.canParse(source, page)) return { kind: "none" };
  const { protocol, origin, host, href } = new URL(source, page);
  const isElsewhere = /^https?:$/.test(protocol) && origin !== new URL(page).origin;
  return isElsewhere ? { kind: "elsewhere", address: href, host } : { kind: "none" };
}

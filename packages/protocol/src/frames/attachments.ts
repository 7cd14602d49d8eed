/** What an attachment must not contain. natter stores no files: a client shows the description, and the model reads the name. */
import type { Attachment } from "./client-frames.ts";

/** Types that a browser runs or renders as a page, and containers of others. XML of any kind may hold a script. */
const runs =
  /^(?:text\/(?:html|xml|xsl)|application\/(?:xml|hta)|[a-z]+\/(?:x-)?(?:java|ecma|vb|j|live)script|[a-z]+\/.*\+xml|image\/svg.*|multipart\/.*|message\/.*)$/i;
/** Characters that are invisible in a file name, or that turn the text after them: `cat\u202Egnp.exe`. Joiners of emoji and words stay. */
const hidden = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Why one of the attachments is refused; `undefined` if none is. */
export function attachmentFault(attachments: readonly Attachment[] | undefined): string | undefined {
  for (const [index, { name, mimeType }] of (attachments ?? []).entries()) {
    if (runs.test(mimeType)) return `attachments.${index}.mimeType must not be a type that a browser runs`;
    if (hidden.test(name)) return `attachments.${index}.name must not have characters that cannot be seen`;
  }
  return undefined;
}

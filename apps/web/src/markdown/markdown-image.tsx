import { ImageOff } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button } from "../interface/button.tsx";
import { useText } from "../locale/use-text.ts";

interface MarkdownImageProperties {
  readonly src?: string | Blob | undefined;
  readonly alt?: string | undefined;
}

/**
 * An image. One from elsewhere is not fetched until somebody wants to see it: a model that was talked into it could
 * put what it knows into the address.
 */
export function MarkdownImage({ src, alt = "" }: MarkdownImageProperties): ReactNode {
  const text = useText();
  // The address and not a yes: another version of the answer may have another image in this place.
  const [wanted, setWanted] = useState<string>();
  const address = typeof src === "string" ? parse(src) : undefined;
  if (!address) return <span className="text-soft">{alt}</span>;
  const isOwn = address.origin === location.origin || address.protocol === "data:";
  if (isOwn || wanted === address.href)
    return (
      <img src={address.href} alt={alt} loading="lazy" className="my-2 max-h-96 max-w-full rounded-xl" />
    );
  return (
    <span className="my-2 inline-flex flex-wrap items-center gap-2 rounded-xl border border-line bg-sunken px-3 py-2 text-sm">
      <ImageOff size={16} aria-hidden className="text-soft" />
      <span>
        {alt && `${alt} · `}
        {text("answer.imageBlocked", { host: address.host })}
      </span>
      <Button
        look="line"
        className="px-2 py-1"
        title={text("answer.imageHint")}
        onClick={() => setWanted(address.href)}
      >
        {text("answer.imageShow")}
      </Button>
    </span>
  );
}

function parse(src: string): URL | undefined {
  return URL.canParse(src, location.href) ? new URL(src, location.href) : undefined;
}

import { ImageOff } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Button } from "../../interface/button.tsx";
import { useText } from "../../locale/use-text.ts";
import { pictureOf } from "./picture.ts";

interface MarkdownImageProperties {
  readonly src?: unknown;
  readonly alt?: unknown;
}

/** An image. An image from elsewhere is only its name, until the person wants to see it. */
export function MarkdownImage({ src, alt }: MarkdownImageProperties): ReactNode {
  const text = useText();
  // The state is the address: another version of the answer may have another image in this place.
  const [wanted, setWanted] = useState<string>();
  const picture = pictureOf(String(src), location.href);
  const name = typeof alt === "string" ? alt : "";
  if (picture.kind === "none") return <span className="text-soft">{name}</span>;
  if (picture.kind === "here" || wanted === picture.address)
    return (
      <img
        src={picture.address}
        alt={name}
        loading="lazy"
        decoding="async"
        className="my-2 max-h-96 max-w-full rounded-xl"
      />
    );
  return (
    <span className="my-2 inline-flex flex-wrap items-center gap-2 rounded-xl border border-line bg-sunken px-3 py-2 text-sm">
      <ImageOff size={16} aria-hidden className="text-soft" />
      <span>
        {name && `${name} · `}
        {text("answer.imageBlocked", { host: picture.host })}
      </span>
      <Button
        look="line"
        className="px-2 py-1"
        title={text("answer.imageHint")}
        onClick={(event) => {
          // The button may stand in a link, which must not open.
          event.preventDefault();
          setWanted(picture.address);
        }}
      >
        {text("answer.imageShow")}
      </Button>
    </span>
  );
}

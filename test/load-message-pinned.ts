/** Preloaded by processes of natter: they load their source with the edits of message-pinned.ts. */
import { registerHooks } from "node:module";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { pinEdits, withEdits } from "./message-pinned.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const path = url.startsWith("file:") ? relative(root, fileURLToPath(url)).replaceAll("\\", "/") : "";
    if (!Object.hasOwn(pinEdits, path) || !loaded.source) return loaded;
    return { ...loaded, source: withEdits(path, Buffer.from(loaded.source as Uint8Array).toString()) };
  },
});

/** Writes docs/asyncapi.json. A test says when this has to be run again. */
import { readFileSync, writeFileSync } from "node:fs";
import { createAsyncapi } from "./asyncapi.ts";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const target = new URL("../../../docs/asyncapi.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(createAsyncapi(manifest.version), undefined, 2)}\n`);

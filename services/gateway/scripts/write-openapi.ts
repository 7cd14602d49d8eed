/** `pnpm generate`: writes docs/openapi.json. */
import { writeFile } from "node:fs/promises";
import { describeHttp } from "../src/http/openapi.ts";

const text = `${JSON.stringify(await describeHttp(), undefined, 2)}\n`;
await writeFile(new URL("../../../docs/openapi.json", import.meta.url), text);

/** Fails if the client has grown beyond its budget: what a page loads to chat, minified and gzipped. */
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** About 480 bytes of it are the table of what each event type does, which servers and pages share. */
const budgetBytes = 14_400;

const input = fileURLToPath(new URL("../src/index.ts", import.meta.url));
const bundle = await rolldown({ input, platform: "browser" });
const { output } = await bundle.generate({ format: "esm", minify: true, comments: false });
const chunks = output.filter((file) => file.type === "chunk");
const entry = chunks.find((chunk) => chunk.isEntry);
const loaded = chunks.filter((chunk) => chunk === entry || entry?.imports.includes(chunk.fileName));
const foreign = chunks.flatMap((chunk) => chunk.moduleIds).filter((id) => id.includes("node_modules"));
const bytes = loaded.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0);

process.stdout.write(`@natter/client: ${bytes} bytes gzipped, of at most ${budgetBytes}\n`);
if (foreign.length > 0) throw new Error(`the client has no dependencies, but bundles ${foreign.join(", ")}`);
if (!entry || bytes > budgetBytes) throw new Error("the client is over its budget");

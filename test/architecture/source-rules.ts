/** What may be written where, what things are called, and how long they may be. */
import { readFileSync } from "node:fs";
import { isCode, isProduct, withoutComments, type SourceFile } from "./source-tree.ts";
import { eachFile, type Rule } from "./rule.ts";

const environmentReaders = [
  /^services\/[^/]+\/src\/(main|config)\.ts$/,
  /^apps\/[^/]+\/src\/main\.ts$/,
  /^apps\/start\/src\//,
  /^packages\/runtime\/src\/run-service\.ts$/,
  // What the tests start gets the environment of the tests.
  /^packages\/testing\/src\//,
];

const oneEnvironmentReader: Rule = {
  name: "process.env is read only in main.ts and config.ts of a process, and in run-service.ts",
  examples: [
    { path: "services/gateway/src/relay/hub.ts", text: 'const port = process.env["PORT"];' },
    { path: "services/gateway/src/app.ts", text: "const { env } = process;" },
    { path: "packages/session-log/src/connection.ts", text: 'import { env } from "node:process";' },
  ],
  violations: eachFile(
    (file) => isProduct(file) && !environmentReaders.some((reader) => reader.test(file.path)),
    (file) =>
      /\bprocess\??\.env\b|\}\s*=\s*process\b(?!\.)|["']node:process["']/.test(withoutComments(file))
        ? ["reads the environment"]
        : [],
  ),
};

const oneExit: Rule = {
  name: "process.exit is called only in run-service.ts, in required-node.ts and by apps/start",
  examples: [{ path: "services/gateway/src/app.ts", text: "process.exit(1);" }],
  violations: eachFile(
    (file) =>
      isProduct(file) &&
      !/^(packages\/runtime\/src\/(run-service|required-node)\.ts|apps\/start\/src\/main\.ts)$/.test(
        file.path,
      ),
    (file) => (/\bprocess\.exit\b/.test(withoutComments(file)) ? ["ends the process"] : []),
  ),
};

const oneSpelling: Rule = {
  name: "subjects and the stream's name are spelled only in packages/protocol/src/broker/subjects.ts",
  examples: [
    { path: "services/gateway/src/relay/hub.ts", text: "const subject = `natter.live.${sessionId}`;" },
    { path: "services/gateway/src/relay/hub.ts", text: 'subscribe("natter.log.*");' },
    { path: "packages/session-log/src/log-stream.ts", text: "streams.info('CHAT');" },
    { path: "packages/session-log/test/a.test.ts", text: 'publish("natter.rpc.history");' },
  ],
  violations: eachFile(
    (file) => isCode(file) && file.path !== "packages/protocol/src/broker/subjects.ts" && !isRule(file),
    (file) =>
      [
        ...withoutComments(file).matchAll(
          /["'`](natter\.(log|live|control|presence|gateways|reply|rpc)\b|CHAT["'`])/g,
        ),
      ].map(([found]) => `spells ${found}`),
  ),
};

const oneBroker: Rule = {
  name: "JetStream is known only in packages/session-log",
  examples: [
    { path: "services/gateway/src/history/history.ts", text: "await log.manager.streams.info(name);" },
    { path: "services/gateway/src/relay/replay.ts", text: "this.#log.reader.step(sessionId, range);" },
    { path: "services/gateway/src/relay/reply-owner.ts", text: "connection.nats.request(subject, bytes);" },
    { path: "services/llm-worker/src/app.ts", text: "const js = jetstream(nats);" },
    { path: "services/persistence/src/app.ts", text: "if (error.code === 10_014) return;" },
    { path: "services/persistence/src/app.ts", text: "await consumers.info(streamName);" },
    { path: "services/gateway/src/relay/hub.ts", text: "message.headers?.get(republishHeaders.seq);" },
    { path: "packages/session-log/src/index.ts", text: 'export { managerOf } from "./log/session-log.ts";' },
    { path: "packages/session-log/src/index.ts", text: 'export { clientOf } from "./connection.ts";' },
    {
      path: "services/gateway/src/app.ts",
      text: 'import { operatorOf } from "@natter/session-log/testing";',
    },
  ],
  violations: eachFile(
    (file) => isProduct(file) && !/^packages\/(protocol|nats-server)\/src\//.test(file.path),
    (file) => {
      const { path } = file;
      if (path.startsWith("packages/session-log/") && path !== "packages/session-log/src/index.ts") return [];
      const words =
        /\bjetstream\b|\blog\.reader\b|\.(manager|nats)\b|\bconsumers\.(info|get|add|update)\b|\b(streamName|republishHeaders|managerOf|clientOf|operatorOf)\b|\b10_?0[1-9]\d\b/gi;
      return [...withoutComments(file).matchAll(words)].map(([found]) => `says ${found}`);
    },
  ),
};

/** A row of the table begins with its type, at the first level. */
const eventTypes = [
  ...readFileSync(
    new URL("../../packages/protocol/src/events/event-table.ts", import.meta.url),
    "utf8",
  ).matchAll(/^ {2}(\w+): \{$/gm),
].map(([, type]) => type ?? "");
const anyEventType = `["'](?:${eventTypes.join("|")})["']`;
/** `type === "message"`, `"message" === event.type`, `case "message":`, `["message", …]`. */
const eventTypeDecision = new RegExp(
  `\\btype\\s*[!=]==?\\s*${anyEventType}|${anyEventType}\\s*[!=]==?\\s*[\\w.?]*\\btype\\b|` +
    `\\bcase\\s+${anyEventType}\\s*:|(?<![\\w)\\]])\\[\\s*${anyEventType}\\s*(?:,\\s*["']|\\])`,
  "g",
);
/** The first tell frames of clients apart, the second what a provider sends. Some of those have names of events. */
const otherWords = /^services\/(?:gateway\/src\/connections|llm-worker\/src\/models)\//;

const oneEventTable: Rule = {
  name: "what an event type means is decided only in packages/protocol: services read its tables",
  examples: [
    { path: "services/gateway/src/sending/targets.ts", text: 'if (event.type === "reaction") return;' },
    { path: "services/gateway/src/relay/replay.ts", text: 'const isOther = event?.type !== "message";' },
    { path: "services/persistence/src/facts.ts", text: "if ('ai_start' === event.type) start(event);" },
    {
      path: "services/persistence/src/facts.ts",
      text: 'switch (event.type) {\n  case "message_edited":\n    return edit(event);\n  default:\n}',
    },
    { path: "services/llm-worker/src/app.ts", text: 'const prompts = new Set(["message", "edit"]);' },
    { path: "packages/session-log/src/identity.ts", text: '["session_deleted"].includes(event.type);' },
  ],
  violations: eachFile(
    (file) =>
      isProduct(file) && /^(services|packages\/session-log)\//.test(file.path) && !otherWords.test(file.path),
    (file) => [...withoutComments(file).matchAll(eventTypeDecision)].map(([found]) => `decides by ${found}`),
  ),
};

const forbiddenWords = new Set([
  "common",
  "helper",
  "helpers",
  "lib",
  "manager",
  "misc",
  "shared",
  "util",
  "utils",
]);
const codeName = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.tsx?$/;

const nouns: Rule = {
  name: "files and folders are kebab-case nouns that say what is in them",
  examples: [
    { path: "services/gateway/src/utils.ts", text: "" },
    { path: "services/gateway/src/common/hub.ts", text: "" },
    { path: "services/gateway/src/session-manager.ts", text: "" },
    { path: "services/gateway/test/test-helpers.ts", text: "" },
    { path: "packages/lib/src/index.ts", text: "" },
    { path: "services/gateway/src/chatSocket.ts", text: "" },
    { path: "services/gateway/src/Hub.ts", text: "" },
    { path: "services/gateway/src/chat_socket.ts", text: "" },
    { path: "services/gateway/src/index.ts", text: "" },
    { path: "services/persistence/src/stores/index.ts", text: "" },
  ],
  violations: eachFile(isCode, ({ path }) => {
    const parts = path.split("/");
    const words = parts.flatMap((part) => part.split(/[-.]/));
    return [
      ...words.filter((word) => forbiddenWords.has(word)).map((word) => `"${word}" says nothing`),
      ...(codeName.test(parts.at(-1) ?? "") ? [] : ["is not kebab-case"]),
      ...(parts.at(-1) === "index.ts" && !/^packages\/[^/]+\/src\/index\.ts$/.test(path)
        ? ["is not the front door of a package"]
        : []),
    ];
  }),
};

const serviceFiles = ["src/main.ts", "src/app.ts", "src/config.ts"];

const serviceShape: Rule = {
  name: "every service has main.ts, app.ts and config.ts",
  examples: [{ path: "services/new/src/main.ts", text: "" }],
  violations(tree) {
    const paths = new Set(tree.map(({ path }) => path));
    const services = new Set([...paths].flatMap((path) => /^services\/[^/]+(?=\/)/.exec(path)?.[0] ?? []));
    return [...services].flatMap((service) =>
      serviceFiles
        .map((file) => `${service}/${file}`)
        .filter((file) => !paths.has(file))
        .map((file) => `${file}: is missing`),
    );
  },
};

const sizes: Rule = {
  name: "a file has at most 300 lines, a test 500",
  examples: [
    { path: "services/gateway/src/relay/hub.ts", text: "\n".repeat(301) },
    { path: "services/gateway/test/hub.test.ts", text: "\n".repeat(501) },
  ],
  violations: eachFile(isCode, ({ path, text }) => {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    const most = /\.(test|contract)\.tsx?$/.test(path) ? 500 : 300;
    return lines > most ? [`has ${lines} lines, at most ${most}`] : [];
  }),
};

const portable: Rule = {
  name: "no file names a path of the machine that it was written on",
  examples: [
    { path: "docs/operations.md", text: "cd /work/main && pnpm start" },
    { path: "README.md", text: "See `/root/notes.md`." },
    { path: "bench/backbone/main.ts", text: 'const log = "/work/log";' },
  ],
  violations: eachFile(
    (file) => !isRule(file),
    ({ text }) =>
      [...text.matchAll(/(?<![\w.$}-])\/(?:work|root)\/[\w.-]*/g)].map(([found]) => `names ${found}`),
  ),
};

/** The rules and their examples say what they forbid. */
function isRule({ path }: SourceFile): boolean {
  return path.startsWith("test/architecture/") && !path.endsWith("source-tree.ts");
}

export const sourceRules: readonly Rule[] = [
  oneEnvironmentReader,
  oneExit,
  oneSpelling,
  oneBroker,
  oneEventTable,
  nouns,
  serviceShape,
  sizes,
  portable,
];

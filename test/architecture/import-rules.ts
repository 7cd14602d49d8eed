/** Who may know whom. */
import {
  importsOf,
  isCode,
  isContract,
  isProduct,
  memberOf,
  resolveImport,
  type SourceFile,
} from "./source-tree.ts";
import { eachFile, type Rule } from "./rule.ts";

const service = ["@natter/session-log", "@natter/protocol", "@natter/runtime"];

/** The parts of natter that the source of each part may import. A new part gets a line here. */
const ownImports: Readonly<Record<string, readonly string[]>> = {
  "packages/protocol": [],
  "packages/session-log": ["@natter/protocol"],
  "packages/runtime": [],
  "packages/nats-server": [],
  // It starts any part for a test, and opens the log as a test needs it.
  "packages/testing": ["@natter/nats-server", ...service],
  "packages/client": ["@natter/protocol/plain"],
  "services/gateway": service,
  // A thread of it does without the schemas.
  "services/persistence": [...service, "@natter/protocol/plain"],
  "services/llm-worker": service,
  "apps/start": ["@natter/nats-server", "@natter/runtime"],
  "apps/demo-model": ["@natter/runtime"],
  "apps/web": ["@natter/client", "@natter/client/react", "@natter/protocol/plain"],
};

/** Libraries that have a home: nobody else's source may import them. */
const homes: readonly { readonly library: RegExp; readonly paths: readonly string[] }[] = [
  { library: /^@nats-io\//, paths: ["packages/session-log/src/"] },
  { library: /^mongodb$/, paths: ["services/persistence/src/stores/"] },
  // The data directory's lock is the file lock of an SQLite transaction; no data is in it.
  {
    library: /^node:sqlite$/,
    paths: ["services/persistence/src/stores/", "apps/start/src/data-dir/data-dir-lock.ts"],
  },
  { library: /^openai(\/|$)/, paths: ["services/llm-worker/src/models/"] },
  { library: /^undici$/, paths: ["services/llm-worker/src/models/transport/"] },
  { library: /^(fastify|@fastify\/.+)$/, paths: ["services/gateway/src/", "apps/demo-model/src/"] },
  { library: /^ws$/, paths: ["services/gateway/src/", "packages/testing/src/"] },
];

const ownParts: Rule = {
  name: "a part imports only the parts that its line in test/architecture/import-rules.ts names",
  examples: [
    { path: "packages/protocol/src/frames/codec.ts", text: 'import { x } from "@natter/session-log";' },
    { path: "packages/runtime/src/logging/logger.ts", text: 'export { x } from "@natter/protocol";' },
    { path: "services/gateway/src/relay/hub.ts", text: 'import {\n  x,\n} from "@natter/persistence";' },
    { path: "services/gateway/src/relay/hub.ts", text: 'const x = await import("@natter/testing");' },
    { path: "packages/client/src/index.ts", text: 'import { limits } from "@natter/protocol";' },
    { path: "packages/new/src/index.ts", text: "" },
  ],
  violations: eachFile(isProduct, (file) => {
    const allowed = ownImports[memberOf(file.path)];
    if (!allowed) return ["has no line"];
    return importsOf(file)
      .filter((name) => name.startsWith("@natter/") && !allowed.includes(name))
      .map((name) => `imports ${name}`);
  }),
};

const ownFolder: Rule = {
  name: "a relative import stays in its part",
  examples: [
    {
      path: "services/gateway/src/relay/hub.ts",
      text: 'import { x } from "../../../persistence/src/store.ts";',
    },
    { path: "packages/session-log/test/a.test.ts", text: 'import "../../protocol/src/index.ts";' },
  ],
  violations: eachFile(
    (file) => isCode(file) && memberOf(file.path) !== "",
    (file) =>
      importsOf(file)
        .filter((name) => name.startsWith("."))
        .filter((name) => memberOf(resolveImport(file.path, name)) !== memberOf(file.path))
        .map((name) => `imports ${name}`),
  ),
};

/** The further entries of parts, as their package.json files export them. */
const sideDoors: readonly string[] = [
  "@natter/protocol/plain",
  "@natter/client/react",
  "@natter/client/testing",
  "@natter/session-log/testing",
  "@natter/faults/witnesses",
];

const frontDoor: Rule = {
  name: "a part is imported by its name, or by that of an entry that it exports",
  examples: [{ path: "bench/backbone/main.ts", text: 'import { x } from "@natter/protocol/src/codec.ts";' }],
  violations: eachFile(isCode, (file) =>
    importsOf(file)
      .filter((name) => /^@natter\/[^/]+\//.test(name) && !sideDoors.includes(name))
      .map((name) => `imports ${name}`),
  ),
};

const pureProtocol: Rule = {
  name: "the source of packages/protocol imports nothing but typebox: no I/O, no clock, no Node",
  examples: [
    { path: "packages/protocol/src/frames/codec.ts", text: 'import { createHash } from "node:crypto";' },
    { path: "packages/protocol/src/frames/codec.ts", text: 'import fastify from "fastify";' },
    { path: "packages/protocol/src/frames/codec.ts", text: "const now = Date.now();" },
    { path: "packages/protocol/src/frames/codec.ts", text: "const bytes = Buffer.alloc(1);" },
  ],
  violations: eachFile(
    ({ path }) => path.startsWith("packages/protocol/src/"),
    (file) => [
      ...importsOf(file)
        .filter((name) => !/^(typebox(\/|$)|\.)/.test(name))
        .map((name) => `imports ${name}`),
      ...(/\b(Date\.now|new Date|performance\.now|Math\.random|setTimeout|Buffer|process|fetch)\b/.test(
        file.text,
      )
        ? ["uses the clock, chance or Node"]
        : []),
    ],
  ),
};

const bareClient: Rule = {
  name: "the source of packages/client imports nothing but the plain protocol, and React for its hooks only",
  examples: [
    { path: "packages/client/src/connection.ts", text: 'import { setTimeout } from "node:timers/promises";' },
    { path: "packages/client/src/connection.ts", text: 'import { useState } from "react";' },
    { path: "packages/client/src/react.ts", text: 'import { createPortal } from "react-dom";' },
    { path: "packages/client/src/testing/fake-server.ts", text: 'import { WebSocketServer } from "ws";' },
  ],
  violations: eachFile(
    ({ path }) => path.startsWith("packages/client/src/"),
    (file) =>
      importsOf(file)
        .filter((name) => !name.startsWith(".") && name !== "@natter/protocol/plain")
        .filter((name) => name !== "react" || file.path !== "packages/client/src/react.ts")
        .map((name) => `imports ${name}`),
  ),
};

const libraryHomes: Rule = {
  name: "a library with a home is imported only there",
  examples: [
    { path: "services/gateway/src/relay/hub.ts", text: 'import { connect } from "@nats-io/transport-node";' },
    { path: "services/persistence/src/recording/recorder.ts", text: 'import type { Db } from "mongodb";' },
    { path: "services/gateway/src/relay/hub.ts", text: 'import { DatabaseSync } from "node:sqlite";' },
    { path: "services/llm-worker/src/prompts/responder.ts", text: 'import OpenAI from "openai";' },
    { path: "services/llm-worker/src/prompts/responder.ts", text: 'import { x } from "openai/resources";' },
    { path: "services/persistence/src/app.ts", text: 'import Fastify from "fastify";' },
    { path: "apps/start/src/main.ts", text: 'import { WebSocket } from "ws";' },
  ],
  violations: eachFile(isProduct, (file) =>
    importsOf(file)
      .filter((name) =>
        homes.some(
          ({ library, paths }) => library.test(name) && !paths.some((path) => file.path.startsWith(path)),
        ),
      )
      .map((name) => `imports ${name}`),
  ),
};

const testingOnlyInTests: Rule = {
  name: "@natter/testing is imported only by tests, by the fault suite, by the drills of k8s and by the benches",
  examples: [
    { path: "services/gateway/src/app.ts", text: 'import { startNats } from "@natter/testing";' },
    { path: "packages/session-log/scripts/try.ts", text: 'import { startNats } from "@natter/testing";' },
  ],
  violations: eachFile(
    (file) => isCode(file) && !isOutsideProduction(file),
    (file) => importsOf(file).filter((name) => name === "@natter/testing"),
  ),
};

function isOutsideProduction(file: SourceFile): boolean {
  const { path } = file;
  return (
    isContract(file) ||
    /^(bench|faults|k8s|test)\//.test(path) ||
    /^(?:(?:packages|services|apps)\/[^/]+|load)\/test\//.test(path)
  );
}

export const importRules: readonly Rule[] = [
  ownParts,
  ownFolder,
  frontDoor,
  pureProtocol,
  bareClient,
  libraryHomes,
  testingOnlyInTests,
];

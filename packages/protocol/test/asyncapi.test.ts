import { readFileSync } from "node:fs";
import metaSchema from "@asyncapi/specs/schemas/3.1.0.json" with { type: "json" };
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { createAsyncapi } from "../scripts/asyncapi.ts";
import { clientFrames, isSessionId, rpcVerbs, serverFrames } from "../src/index.ts";
import manifest from "../package.json" with { type: "json" };

const text = readFileSync(new URL("../../../docs/asyncapi.json", import.meta.url), "utf8");
const document = JSON.parse(text) as Record<string, unknown>;

/** The meta-schema brings its own draft-07, and words that only other tools know. */
const options = { meta: false, validateSchema: false, strict: false, validateFormats: false };

describe("docs/asyncapi.json", () => {
  test("is what packages/protocol/scripts/write-asyncapi.ts writes", () => {
    expect(text).toBe(`${JSON.stringify(createAsyncapi(manifest.version), undefined, 2)}\n`);
  });

  test("is AsyncAPI 3.1.0", () => {
    const validate = new Ajv(options).compile(metaSchema);
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  });

  test("is not valid by accident: the check refuses a channel without an operation's action", () => {
    const validate = new Ajv(options).compile(metaSchema);
    const broken = { ...document, operations: { relay: { channel: { $ref: "#/channels/live" } } } };
    expect(validate(broken)).toBe(false);
  });

  test("refers only to what is there", () => {
    const references = [...text.matchAll(/"\$ref": "(.+?)"/g)].map(([, reference = ""]) => reference);
    expect(references.length).toBeGreaterThan(100);
    expect(references.filter((reference) => resolve(reference) === undefined)).toEqual([]);
  });

  test("has every frame and every verb", () => {
    const messages = Object.keys(resolve("#/components/messages") as object);
    for (const type of Object.keys(clientFrames)) expect(messages).toContain(`client.${type}`);
    for (const type of Object.keys(serverFrames)) expect(messages).toContain(`server.${type}`);
    for (const verb of rpcVerbs) expect(resolve(`#/operations/ask_${verb}`)).toBeDefined();
  });

  test("describes a session id by the pattern that the code checks", () => {
    const { description } = resolve("#/channels/session/parameters/session") as { description: string };
    const pattern = new RegExp(description.replace("Matches ", ""));
    for (const id of ["demo", "a".repeat(64), "a".repeat(65), "a.b", ""])
      expect(pattern.test(id)).toBe(isSessionId(id));
  });
});

function resolve(reference: string): unknown {
  let found: unknown = document;
  for (const name of reference.slice(2).split("/"))
    found = (found as Record<string, unknown> | undefined)?.[name];
  return found;
}

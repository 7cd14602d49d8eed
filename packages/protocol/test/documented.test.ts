import { readFileSync } from "node:fs";
import type { TSchema } from "typebox";
import { Value } from "typebox/value";
import { describe, expect, test } from "vitest";
import {
  clientFrames,
  closeCodes,
  decodeClientFrame,
  durableFrames,
  finishReasons,
  limits,
  parseCursor,
  protocolErrors,
  replyErrors,
  serverFrames,
  timings,
} from "../src/index.ts";
import { countMarks, examplesOf, sectionsOf, type Table } from "./support/markdown.ts";

const text = readFileSync(new URL("../../../docs/protocol.md", import.meta.url), "utf8");
const sections = sectionsOf(text);
const examples = examplesOf(text);
const client = examples.filter(({ name }) => name.startsWith("client "));
const server = examples.filter(({ name }) => name.startsWith("server "));

const durableFields = propertiesOf(durableFrames.session_deleted).filter((name) => name !== "type");
const intentFields = ["id", "retry"];

describe("the examples of docs/protocol.md", () => {
  test("are as many as there are marks", () => {
    expect(examples).toHaveLength(countMarks(text));
    expect(client.length + server.length + 1).toBe(examples.length);
  });

  test("show every client frame, and nothing else", () => {
    expect(client.map(({ name }) => name.slice("client ".length))).toEqual(Object.keys(clientFrames));
  });

  test("show every server frame, and nothing else", () => {
    expect(namesOf(server, "server ")).toEqual(Object.keys(serverFrames).sort());
  });

  test.each(client)("$name is a frame that the gateway takes", ({ name, json }) => {
    const decoded = decodeClientFrame(json);
    expect(decoded).toMatchObject({ ok: true, frame: { type: name.slice("client ".length) } });
  });

  test.each(server)("$name is a frame that the gateway sends", ({ name, json }) => {
    const frame = JSON.parse(json) as Record<string, unknown>;
    const schema = schemaOf(serverFrames, name.slice("server ".length));
    expect([...Value.Errors(schema, frame)]).toEqual([]);
    expect(propertiesOf(schema)).toEqual(expect.arrayContaining(Object.keys(frame)));
  });

  test("of durable frames have their place in the log", () => {
    const durable = server.filter(({ name }) => Object.hasOwn(durableFrames, name.slice("server ".length)));
    expect(durable).toHaveLength(Object.keys(durableFrames).length);
    for (const { json } of durable) {
      const { seq, prev } = JSON.parse(json) as { seq: number; prev: number };
      expect(prev).toBeLessThan(seq);
    }
  });

  test("have a page whose messages are frames and whose cursor is one", () => {
    const json = examples.find(({ name }) => name === "page")?.json ?? "";
    const page = JSON.parse(json) as { messages: { type: string }[]; cursor: string };
    expect(parseCursor(page.cursor)).toBeDefined();
    expect(page.messages.length).toBeGreaterThan(0);
    for (const message of page.messages)
      expect(Value.Check(schemaOf(serverFrames, message.type), message)).toBe(true);
  });
});

describe("the fields of docs/protocol.md", () => {
  test("common to client frames are those of the schema", () => {
    expect(fieldsIn(["Client frames"])).toEqual(marked(clientFrames.edit, intentFields));
  });

  test("common to durable frames are those of the schema", () => {
    expect(fieldsIn(["Server frames"])).toEqual(marked(durableFrames.session_deleted, durableFields));
  });

  test.each(Object.keys(clientFrames))("of the client's %s are those of the schema", (type) => {
    const schema = schemaOf(clientFrames, type);
    const own = propertiesOf(schema).filter((name) => name !== "type" && !intentFields.includes(name));
    expect(fieldsIn(["Client frames", type])).toEqual(marked(schema, own));
  });

  test.each(Object.keys(serverFrames))("of the server's %s are those of the schema", (type) => {
    const schema = schemaOf(serverFrames, type);
    const common = Object.hasOwn(durableFrames, type) ? durableFields : [];
    const own = propertiesOf(schema).filter((name) => name !== "type" && !common.includes(name));
    expect(fieldsIn(["Server frames", type])).toEqual(marked(schema, own));
  });

  test("are not those of frames that do not exist", () => {
    const frames = sections.filter(({ path }) => path.length === 2 && path[0]?.endsWith("frames") === true);
    expect(frames.map(({ path }) => path[1] ?? "").sort()).toEqual(
      [...Object.keys(clientFrames), ...Object.keys(serverFrames)].sort(),
    );
  });
});

describe("the tables of docs/protocol.md", () => {
  test("of errors are those of the code, in both directions", () => {
    expect(tableIn("Errors")).toEqual(
      Object.entries(protocolErrors).map(([code, { status, temporary, meaning }]) => ({
        "`code`": `\`${code}\``,
        status: String(status),
        temporary: temporary ? "yes" : "no",
        meaning,
      })),
    );
  });

  test("of close codes are those of the code, in both directions", () => {
    expect(tableIn("Close codes")).toEqual(
      Object.entries(closeCodes).map(([name, { code, meaning }]) => ({
        name: `\`${name}\``,
        code: String(code),
        meaning,
      })),
    );
  });

  test("of close codes keep to their ranges", () => {
    for (const { code } of Object.values(closeCodes)) {
      expect(code).toBeGreaterThanOrEqual(4000);
      expect(code).toBeLessThan(5000);
    }
    const codes = Object.values(closeCodes).map(({ code }) => code);
    expect(new Set<number>(codes).size).toBe(codes.length);
  });

  test("of reply errors and of the ways in which a reply ends are those of the code", () => {
    const [reasons = [], errors = []] = tablesIn("Replies");
    expect(reasons.map((row) => row["`finishReason`"])).toEqual(finishReasons.map((name) => `\`${name}\``));
    expect(errors).toEqual(
      Object.entries(replyErrors).map(([code, meaning]) => ({ "`error.code`": `\`${code}\``, meaning })),
    );
  });

  test("of bounds and waits have the values of the code", () => {
    const [bounds = [], waits = []] = tablesIn("Bounds");
    expect(valuesIn(bounds)).toEqual(limits);
    expect(valuesIn(waits)).toEqual(timings);
  });
});

function tablesIn(title: string): readonly Table[] {
  return sections.find(({ path }) => path.length === 1 && path[0] === title)?.tables ?? [];
}

function tableIn(title: string): Table {
  return tablesIn(title)[0] ?? [];
}

function fieldsIn(path: readonly string[]): (string | undefined)[] {
  const section = sections.find((candidate) => candidate.path.join("/") === path.join("/"));
  return (section?.tables[0] ?? []).map((row) => row["field"]);
}

/** The way the document writes them: `name`, or `name?` if it may be missing. */
function marked(schema: TSchema, names: readonly string[]): string[] {
  const { required = [] } = schema as { required?: string[] };
  return names.map((name) => `\`${name}${required.includes(name) ? "" : "?"}\``);
}

function propertiesOf(schema: TSchema): string[] {
  return Object.keys((schema as { properties: object }).properties);
}

function schemaOf(frames: Readonly<Record<string, TSchema>>, type: string): TSchema {
  const schema = frames[type];
  if (!schema) throw new Error(`there is no frame ${type}`);
  return schema;
}

function namesOf(found: readonly { name: string }[], prefix: string): string[] {
  return found.map(({ name }) => name.slice(prefix.length)).sort();
}

function valuesIn(table: Table): Record<string, number> {
  return Object.fromEntries(
    table.map(({ name = "", value = "" }) => [name.replaceAll("`", ""), Number(value.replaceAll(",", ""))]),
  );
}

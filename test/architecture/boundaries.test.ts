import { describe, expect, test } from "vitest";
import { importRules } from "./import-rules.ts";
import { importsOf, isProduct, readTree, withoutComments } from "./source-tree.ts";
import { shapeRules } from "./shape-rules.ts";
import { sourceRules } from "./source-rules.ts";

const tree = readTree();
const rules = [...importRules, ...sourceRules, ...shapeRules];
const cases = rules.flatMap((rule) =>
  rule.examples.map((example) => ({
    rule,
    example: [example].flat(),
    named: [example]
      .flat()
      .slice(0, 3)
      .map(({ path, text }) => `${path} with ${JSON.stringify(text.slice(0, 60))}`)
      .join(", "),
  })),
);

describe("the repository", () => {
  test("was found", () => {
    const paths = tree.map(({ path }) => path);
    expect(paths).toContain("packages/protocol/src/broker/subjects.ts");
    expect(paths).toContain("docs/protocol.md");
    expect(paths).toContain("package.json");
    expect(paths.some((path) => path.includes("node_modules"))).toBe(false);
    expect(tree.filter(isProduct).length).toBeGreaterThan(30);
  });

  test.each(rules)("$name", ({ name, violations }) => {
    expect(violations(tree).map((violation) => `${violation} (${name})`)).toEqual([]);
  });
});

describe("a rule", () => {
  test.each(cases)("finds $named", ({ rule, example }) => {
    const found = rule.violations(example);
    expect(found.length).toBeGreaterThan(0);
  });

  test("finds nothing in a tree that keeps to all of them", () => {
    const service = ["main", "app", "config"].map((name) => ({
      path: `services/gateway/src/${name}.ts`,
      text: "",
    }));
    const good = [
      ...service,
      {
        path: "services/gateway/src/relay/hub.ts",
        text: '// process.env and "natter.log.x"\nimport { subjects } from "@natter/protocol";\nimport "./app.ts";',
      },
      { path: "services/gateway/test/hub.test.ts", text: 'import { startNats } from "@natter/testing";' },
      { path: "docs/operations.md", text: "See https://example.com/work/queues and ./work/notes." },
    ];
    for (const { name, violations } of rules) expect([name, violations(good)]).toEqual([name, []]);
  });
});

describe("the imports of a file", () => {
  test("are found in every form", () => {
    const text = `
      import a from "a";
      import type { B } from 'b';
      import {
        c, // "not-this"
        d,
      } from "c";
      import * as e from "e"; import "f";
      export { g } from "g";
      export * from "h";
      const i = await import("i");
      const j = require("j");
    `;
    expect(importsOf({ path: "x.ts", text }).sort()).toEqual(["a", "b", "c", "e", "f", "g", "h", "i", "j"]);
  });

  test("are not found where there are none", () => {
    const text = `
      // import "a";
      /* import b from "b"; */
      const text = "from";
      export const c = "c";
      const message = 'it is important to import from "d"';
    `;
    expect(importsOf({ path: "x.ts", text })).toEqual([]);
  });

  test("are not hidden behind a comment mark in a string", () => {
    const text = 'const url = "http://example.com/*"; import "a"; // end';
    expect(withoutComments({ path: "x.ts", text })).toBe('const url = "http://example.com/*"; import "a"; ');
    expect(importsOf({ path: "x.ts", text })).toEqual(["a"]);
  });
});

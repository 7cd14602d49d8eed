import { describe, expect, test } from "vitest";
import { readTree } from "./source-tree.ts";

const tree = readTree();
const paths = tree.map(({ path }) => path);
const textOf = (path: string): string => tree.find((file) => file.path === path)?.text ?? "";

/** Every path between backticks, such as `relay/hub.ts` or `services/gateway/src/admission/`. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`([\w@.-]+(?:\/[\w.-]+)*\/(?:[\w.-]+\.tsx?)?)`/g)].map(([, path]) => path ?? "");
}

function exists(path: string): boolean {
  return paths.some((known) =>
    path.endsWith("/") ? `/${known}`.includes(`/${path}`) : `/${known}`.endsWith(`/${path}`),
  );
}

describe("the documents of the tree", () => {
  test.each(["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md", "SECURITY.md"])(
    "%s names only files and folders that exist",
    (document) => {
      const named = pathsIn(textOf(document)).filter(
        (path) => !/^https?:|^dist\/|<|^stores\/<name>/.test(path),
      );
      expect(named.filter((path) => !exists(path))).toEqual([]);
    },
  );

  test("ARCHITECTURE.md's code map has every package, service and app", () => {
    const members = new Set(
      paths
        .filter((path) => /^(packages|services|apps)\/[^/]+\/package\.json$/.test(path))
        .map((path) => path.replace("/package.json", "")),
    );
    const map = textOf("ARCHITECTURE.md");
    expect([...members].filter((member) => !map.includes(`**${member}**`))).toEqual([]);
    expect(members.size).toBeGreaterThan(10);
  });

  test("a path that does not exist is found", () => {
    const named = pathsIn("see `relay/no-such-file.ts`, `services/nowhere/` and `relay/hub.ts`");
    expect(named.filter((path) => !exists(path))).toEqual(["relay/no-such-file.ts", "services/nowhere/"]);
  });
});

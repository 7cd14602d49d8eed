import { startNatter } from "@natter/testing";
import { describe, expect, test } from "vitest";
import { exposureWarning } from "../src/exposure.ts";

const isWarning = /^warning: NATTER_HOST is .* read SECURITY\.md$/;

describe("an address that lets other machines in is warned of", () => {
  test.each([
    "0.0.0.0",
    "::",
    "192.168.1.7",
    "128.0.0.1",
    "::2",
    "fe80::1",
    "::ffff:10.0.0.1",
    "my-machine",
    "natter.localhost",
  ])("%s", (host) => {
    expect(exposureWarning(host)).toMatch(isWarning);
  });
});

describe("an address of this machine alone is not warned of", () => {
  test.each([
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "localhost",
    "LOCALHOST",
    "localhost.",
  ])("%s", (host) => {
    expect(exposureWarning(host)).toBeUndefined();
  });
});

test("a start that listens everywhere warns right before it says that it is ready", async () => {
  await using natter = await startNatter({ env: { NATTER_HOST: "0.0.0.0" } });
  expect(natter.output).toMatch(/\nwarning: NATTER_HOST is 0\.0\.0\.0, .*\n\nnatter is ready: /);
});

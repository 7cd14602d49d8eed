import { describe, expect, test } from "vitest";
import { readConfig } from "../src/config.ts";

describe("the model's settings", () => {
  test("leave it to the worker how a provider is spoken to", () => {
    expect(readConfig({}).model).toMatchObject({
      api: "chat",
      known: { limitName: "auto", streamOptions: "auto", systemRole: "auto" },
      proxy: { https: undefined, http: undefined, noProxy: undefined },
    });
  });

  test("can fix it", () => {
    const { model } = readConfig({
      NATTER_MODEL_API: "responses",
      NATTER_MODEL_LIMIT_NAME: "none",
      NATTER_MODEL_STREAM_OPTIONS: "off",
      NATTER_MODEL_SYSTEM_ROLE: "user",
    });
    expect(model.api).toBe("responses");
    expect(model.known).toEqual({ limitName: "none", streamOptions: "off", systemRole: "user" });
  });
});

describe("a proxy", () => {
  test("of the lower-case name wins, as in curl", () => {
    const { proxy } = readConfig({
      HTTPS_PROXY: "http://upper:1",
      https_proxy: "http://lower:1",
      HTTP_PROXY: "http://upper:2",
      http_proxy: "http://lower:2",
      NO_PROXY: "upper",
      no_proxy: "lower",
    }).model;
    expect(proxy).toEqual({ https: "http://lower:1", http: "http://lower:2", noProxy: "lower" });
  });

  test("of the upper-case name is taken where the other one is not set or empty", () => {
    const { proxy } = readConfig({ HTTPS_PROXY: "https://upper:1", https_proxy: "" }).model;
    expect(proxy.https).toBe("https://upper:1");
  });

  test("without a scheme is one that is reached by http", () => {
    expect(readConfig({ http_proxy: "proxy:3128" }).model.proxy.http).toBe("http://proxy:3128");
  });

  test.each(["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"])(
    "that the worker cannot use is refused by the name %s, without its password",
    (name) => {
      const read = (): unknown => readConfig({ [name]: "socks5://ann:hunter2@proxy:1080" });
      expect(read).toThrow(new RegExp(`^${name} is malformed`));
      expect(read).not.toThrow(/hunter2/);
    },
  );
});

describe("the system prompt", () => {
  test("has a default, and is none if it is empty", () => {
    expect(readConfig({}).systemPrompt).toBe("You are a helpful assistant.");
    expect(readConfig({ NATTER_SYSTEM_PROMPT: "" }).systemPrompt).toBe("");
  });
});

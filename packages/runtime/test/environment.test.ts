import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EnvironmentError, readEnvironment, settings, type Setting, type SettingName } from "../src/index.ts";

const names = Object.keys(settings) as SettingName[];
const entries: [string, Setting][] = Object.entries(settings);

function refusal(variables: Record<string, string>): string {
  try {
    readEnvironment(names, variables);
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message;
    throw error;
  }
  return "";
}

describe("a setting from a file", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "natter-settings-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function fileOf(text: string): string {
    const path = join(folder, "value");
    writeFileSync(path, text);
    return path;
  }

  test.each(["key-1", "key-1\n", "key-1\r\n"])("is read without the line break at its end: %j", (text) => {
    expect(readEnvironment(["OPENAI_API_KEY"], { OPENAI_API_KEY_FILE: fileOf(text) })).toEqual({
      OPENAI_API_KEY: "key-1",
    });
  });

  test("may be any setting, also a number", () => {
    expect(readEnvironment(["PORT"], { PORT_FILE: fileOf("8090\n") })).toEqual({ PORT: 8090 });
  });

  test("counts as not set where the file is empty, or where the name of the file is empty", () => {
    expect(readEnvironment(["PORT"], { PORT_FILE: fileOf("\n") })).toEqual({ PORT: 8080 });
    expect(readEnvironment(["PORT"], { PORT_FILE: "", PORT: "9" })).toEqual({ PORT: 9 });
  });

  test("is checked like every other value, and a secret is not shown", () => {
    const message = refusal({ OPENAI_API_KEY_FILE: fileOf("planted secret") });
    expect(message).toContain("OPENAI_API_KEY is malformed");
    expect(message).not.toContain("planted");
  });

  test("is refused beside the variable itself", () => {
    expect(refusal({ NATTER_LOG_LEVEL_FILE: fileOf("info"), NATTER_LOG_LEVEL: "info" })).toBe(
      "NATTER_LOG_LEVEL and NATTER_LOG_LEVEL_FILE are both set; set one of them",
    );
  });

  test("is refused where the file cannot be read", () => {
    expect(refusal({ NATS_URL_FILE: join(folder, "absent") })).toMatch(
      /^NATS_URL_FILE cannot be read: ENOENT/,
    );
  });

  test("is refused where there is no such setting", () => {
    expect(refusal({ NATTER_LOG_KEYS_FILE: "x" })).toContain("NATTER_LOG_KEY");
    expect(refusal({ NATTER_NOTHING_LIKE_IT_FILE: "x" })).toContain("is not a setting of natter");
  });
});

describe("an environment without natter's variables", () => {
  test("gives the defaults, and nothing where there is none", () => {
    const env = readEnvironment(names, { PATH: "/bin", HOME: "/home/ann" });
    expect(env).toEqual(Object.fromEntries(entries.map(([name, setting]) => [name, setting.default])));
    expect(env.PORT).toBe(8080);
    expect(env.NATS_URL).toBeUndefined();
  });

  test("has only what was asked for, and cannot be changed", () => {
    const env = readEnvironment(["PORT"], { NATTER_HOST: "0.0.0.0" });
    expect(env).toEqual({ PORT: 8080 });
    expect(Object.isFrozen(env)).toBe(true);
  });

  test.each(entries)("%s has a default that it would accept", (name, setting) => {
    expect(setting.default === undefined ? "" : refusal({ [name]: String(setting.default) })).toBe("");
  });
});

describe("a variable", () => {
  test("counts as not set when it is empty", () => {
    const { NATTER_SYSTEM_PROMPT, ...env } = readEnvironment(
      names,
      Object.fromEntries(names.map((name) => [name, ""])),
    );
    expect(readEnvironment(names, {})).toMatchObject(env);
    expect(NATTER_SYSTEM_PROMPT).toBe("");
  });

  test("of another program that resembles a proxy's is no misspelt one", () => {
    expect(refusal({ FTP_PROXY: "x", ftp_proxy: "x", ALL_PROXY: "x", HTTPS_PROXY: "x" })).toBe("");
  });

  test("is a number where the table says so, else its text", () => {
    const env = readEnvironment(["PORT", "NATTER_STREAM_MAX_BYTES", "OPENAI_MODEL"], {
      PORT: "0",
      NATTER_STREAM_MAX_BYTES: "-1",
      OPENAI_MODEL: "4",
    });
    expect(env).toEqual({ PORT: 0, NATTER_STREAM_MAX_BYTES: -1, OPENAI_MODEL: "4" });
  });

  test.each([
    ["NATS_URL", "nats://127.0.0.1:4222"],
    ["NATS_URL", "tls://user:password@broker:4222"],
    ["NATS_URL", "nats://[::1]:4222"],
    ["NATS_URL", "nats://a:4222,nats://user:p,w@b:4222, nats://c"],
    ["STORE_URL", "sqlite:///var/lib/natter.db"],
    ["STORE_URL", "mongodb://127.0.0.1:27017/natter?directConnection=true"],
    ["MONGODB_URL", "mongodb+srv://user:password@cluster.example/natter"],
    ["OPENAI_BASE_URL", "http://127.0.0.1:11434/v1"],
    ["NATTER_LOG_LEVEL", "silent"],
  ] as const)("%s may be %s", (name, value) => {
    expect(readEnvironment([name], { [name]: value })).toEqual({ [name]: value });
  });

  test.each(["eighty", "80a", " 80", "80 ", "8e1", "0x50", "80.5", "-1", "65536", "٨٠"])(
    "PORT is not %j",
    (value) => {
      expect(refusal({ PORT: value })).toBe(
        `PORT is malformed (it is ${JSON.stringify(value)}): expected a whole number, from 0 to 65535`,
      );
    },
  );

  test.each([
    ["NATTER_LOG_LEVEL", "verbose"],
    ["NATS_URL", "127.0.0.1:4222"],
    ["NATS_URL", "http://127.0.0.1:4222"],
    ["NATS_URL", "nats://a:4222,b:4222"],
    ["OPENAI_BASE_URL", "localhost:11434"],
    ["NATTER_WORKER_SLOTS", "0"],
    ["NATTER_STREAM_REPLICAS", "6"],
    ["STORE_URL", "natter.db"],
    ["MONGODB_URL", "postgres://127.0.0.1"],
  ])("%s is not %s, and the refusal is one line that names it", (name, value) => {
    const message = refusal({ [name]: value });
    expect(message).toMatch(new RegExp(`^${name} is malformed`));
    expect(message).not.toContain("\n");
  });
});

describe("a secret", () => {
  const secrets = entries.filter(([, setting]) => setting.secret).map(([name]) => name);

  test("is the key and whatever can hold a password", () => {
    expect(secrets).toEqual([
      "NATTER_LOG_KEY",
      "NATS_URL",
      "STORE_URL",
      "MONGODB_URL",
      "OPENAI_API_KEY",
      "OPENAI_BASE_URL",
      "HTTPS_PROXY",
      "HTTP_PROXY",
      "https_proxy",
      "http_proxy",
    ]);
  });

  test.each(["STORE_URL", "MONGODB_URL"])("%s is never printed, also not when it is malformed", (name) => {
    const message = refusal({ [name]: "hunter2" });
    expect(message).toContain(name);
    expect(message).not.toContain("hunter2");
  });

  test("is not printed when its name is misspelt", () => {
    const message = refusal({ OPENAI_APIKEY: "hunter2" });
    expect(message).toContain("OPENAI_API_KEY");
    expect(message).not.toContain("hunter2");
  });
});

describe("a name that is not in the table", () => {
  test.each([
    ["OPENAI_BASEURL", "OPENAI_BASE_URL"],
    ["OPENAI_API_BASE_URL", undefined],
    ["OPENAI_API_KEYS", "OPENAI_API_KEY"],
    ["MONGODB_URI", "MONGODB_URL"],
    ["NATS_URLS", "NATS_URL"],
    ["NATTER_LOGLEVEL", "NATTER_LOG_LEVEL"],
    ["NATTER_HOTS", "NATTER_HOST"],
  ])("%s is taken for a misspelt %s", (name, known) => {
    expect(refusal({ [name]: "value" })).toBe(
      known === undefined ? "" : `${name} is not a setting of natter; did you mean ${known}?`,
    );
  });

  test("is refused if it claims to be natter's", () => {
    expect(refusal({ NATTER_TURBO: "1" })).toBe(
      "NATTER_TURBO is not a setting of natter; see docs/settings.md",
    );
  });

  test("is refused also by a process that does not read its neighbour", () => {
    expect(() => readEnvironment(["PORT"], { OPENAI_BASEURL: "http://127.0.0.1" })).toThrow(EnvironmentError);
  });

  test.each(["OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_LOG", "PORTS", "PORT_HTTP", "HOSTNAME", "NATS"])(
    "%s is somebody else's",
    (name) => {
      expect(refusal({ [name]: "value" })).toBe("");
    },
  );

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("%s is no setting either", (name) => {
    expect(refusal(Object.fromEntries([[name, "value"]]))).toBe("");
  });

  test("that is a known name has no near neighbour that would be refused for it", () => {
    expect(
      refusal(Object.fromEntries(entries.map(([name, { default: value }]) => [name, String(value ?? "")]))),
    ).toBe("");
  });
});

import { readFile } from "node:fs/promises";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { words } from "../src/answers.ts";
import type { LoggedRequest } from "../src/request-log.ts";
import { commands, modifiers, readScript } from "../src/script.ts";
import { isTitleRequest, titleScript } from "../src/title.ts";

const app = createApp({ port: 0, host: "127.0.0.1" });
let url = "";
let openai: OpenAI;

beforeAll(async () => {
  url = (await app.start()).url ?? "";
  openai = new OpenAI({ baseURL: url, apiKey: "demo", maxRetries: 0 });
});
afterAll(() => app.stop());

async function ask(
  content: string,
  signal?: AbortSignal,
): Promise<{
  text: string;
  reasoning: string;
  finish: string | null;
  usage: number | undefined;
  chunks: number;
}> {
  const stream = await openai.chat.completions.create(
    {
      model: "demo",
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content }],
    },
    signal ? { signal } : {},
  );
  const answer = {
    text: "",
    reasoning: "",
    finish: null as string | null,
    usage: undefined as number | undefined,
    chunks: 0,
  };
  for await (const chunk of stream) {
    const choice = chunk.choices[0];
    answer.text += choice?.delta.content ?? "";
    answer.reasoning +=
      (choice?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? "";
    if (choice?.delta.content) answer.chunks++;
    answer.finish = choice?.finish_reason ?? answer.finish;
    answer.usage = chunk.usage?.completion_tokens ?? answer.usage;
  }
  return answer;
}

async function post(content: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: "user", content }],
    }),
    ...(signal ? { signal } : {}),
  });
}

/** What each event of the stream adds, as it is on the wire. */
async function deltasOf(content: string): Promise<unknown[]> {
  const said = await (await post(content)).text();
  return [...said.matchAll(/"delta":(\{.+\}),"finish_reason":null/g)].map(
    ([, delta]) => JSON.parse(delta ?? "") as unknown,
  );
}

async function requests(): Promise<LoggedRequest[]> {
  return (await fetch(url.replace("/v1", "/demo/requests"))).json() as Promise<LoggedRequest[]>;
}

test("talks about what it hears, says that it is a demo, and ends with usage", async () => {
  const answer = await ask("/rate 0 good morning");
  expect(answer.text).toContain("demo model");
  expect(answer.text).toContain("good morning");
  expect(answer.finish).toBe("stop");
  expect(answer.usage).toBe(answer.chunks);
});

test("answers Korean in Korean", async () => {
  expect((await ask("/rate 0 안녕하세요")).text).toMatch(/데모.*안녕하세요/);
});

test("counts, echoes, and is silent when told to", async () => {
  expect((await ask("/rate 0 /count 5")).text).toBe("1 2 3 4 5");
  expect((await ask("/rate 0 /echo  two  spaces\nand a line")).text).toBe("two  spaces\nand a line");
  expect(await ask("/empty")).toMatchObject({ text: "", finish: "stop" });
});

test("a cut stream ends without a finish reason", async () => {
  expect(await ask("/rate 0 /cut 3 /count 10")).toMatchObject({ text: "1 2 3", finish: null });
});

test("a reset stream fails", async () => {
  await expect(ask("/rate 0 /reset 3 /count 10")).rejects.toThrow(/./);
});

test("an error in the stream fails", async () => {
  await expect(ask("/rate 0 /error 2 /count 10")).rejects.toThrow(/told to fail/);
  await expect(ask("/rate 0 /badjson 2 /count 10")).rejects.toThrow(/./);
});

test("a length limit ends with its own reason", async () => {
  expect(await ask("/rate 0 /length 4 /count 10")).toMatchObject({ text: "1 2 3 4", finish: "length" });
});

test("fails as often as it is told to, with the header", async () => {
  const text = "/rate 0 /fail 429 2 /retry-after 1 /count 2";
  await expect(ask(text)).rejects.toMatchObject({ status: 429 });
  await expect(ask(text)).rejects.toMatchObject({ status: 429 });
  expect((await ask(text)).text).toBe("1 2");
});

test("bytes that are cut inside of characters make the same text", async () => {
  const whole = await ask("/rate 0 /korean");
  const split = await ask("/rate 500 /split /korean");
  expect(split.text).toBe(whole.text);
  expect(split.finish).toBe("stop");
});

test("reasons before it answers", async () => {
  expect(await ask("/rate 0 /think 2 /count 2")).toMatchObject({
    text: "<think>thought 1 thought 2 </think>\n\n1 2",
  });
  expect(await ask("/rate 0 /thinkend 2 /count 2")).toMatchObject({
    text: "thought 1 thought 2 </think>\n\n1 2",
  });
  expect(await ask("/rate 0 /reasoning 2 /count 2")).toMatchObject({
    reasoning: "thought 1 thought 2 ",
    text: "1 2",
  });
});

test("odd content comes as numbers, parts and texts, and odd thoughts as parts", async () => {
  expect(await deltasOf("/odd /rate 0 /echo 42 and 7 more")).toEqual([
    { content: 42 },
    { content: " and" },
    { content: [{ type: "text", text: " 7" }] },
    { content: " more" },
  ]);
  expect(await deltasOf("/odd /reasoning 1 /rate 0 /count 1")).toEqual([
    { reasoning_content: [{ type: "text", text: "thought 1 " }] },
    { content: 1 },
  ]);
});

test("odd content keeps every digit of a number that JSON cannot hold", async () => {
  const digits = "12345678901234567890";
  expect(await deltasOf(`/odd /rate 0 /echo ${digits}`)).toEqual([
    { content: [{ type: "text", text: digits }] },
  ]);
});

test("a strict model takes roles that alternate, with or without a system message", async () => {
  const last = { role: "user", content: "/strict /rate 0 /count 2" } as const;
  const turns = [{ role: "user", content: "a" }, { role: "assistant", content: "b" }, last] as const;
  for (const messages of [[last], turns, [{ role: "system", content: "s" } as const, ...turns]])
    expect(
      (await openai.chat.completions.create({ model: "demo", messages: [...messages] })).choices[0],
    ).toMatchObject({
      message: { content: "1 2" },
    });
});

test("a strict model refuses roles that do not alternate", async () => {
  const last = { role: "user", content: "/strict /rate 0 /count 2" } as const;
  for (const messages of [
    [{ role: "user", content: "a" } as const, last],
    [{ role: "assistant", content: "b" } as const, last],
    [last, { role: "system", content: "s" } as const],
  ])
    await expect(openai.chat.completions.create({ model: "demo", messages })).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining("Conversation roles must alternate user/assistant") as unknown,
    });
});

test.each(["/open /rate 0 /count 3", "/open /split /rate 0 /korean"])(
  "%s says its end and its usage, and keeps the connection open",
  async (content) => {
    const abort = new AbortController();
    const response = await post(content, abort.signal);
    let said = "";
    const reading = (async () => {
      const texts = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
      for await (const text of texts) said += text;
    })();
    await expect.poll(() => said).toContain('"total_tokens"');
    expect(said).toContain('"finish_reason":"stop"');
    expect(said).not.toContain("[DONE]");
    abort.abort();
    // An end by the model would have let it finish.
    await expect(reading).rejects.toThrow(/abort/);
  },
);

test("a stalled stream is closed by the caller, and the log says so", async () => {
  const abort = new AbortController();
  const text = "/rate 0 /stall 2 /keepalive /count 9";
  const asked = ask(text, abort.signal);
  await expect
    .poll(async () => (await requests()).find(({ lastUserMessage }) => lastUserMessage === text)?.sentTokens)
    .toBe(2);
  abort.abort();
  await asked;
  await expect
    .poll(async () => (await requests()).find(({ lastUserMessage }) => lastUserMessage === text)?.outcome)
    .toBe("aborted");
});

test("keeps to its rate", async () => {
  const begun = performance.now();
  await ask("/rate 100 /count 50");
  expect(performance.now() - begun).toBeGreaterThan(450);
});

test("says back the context that it was given", async () => {
  const { text } = await ask("/rate 0 /context");
  expect(JSON.parse(text)).toEqual([{ role: "user", content: "/rate 0 /context" }]);
});

test("a command that cannot be read is explained", async () => {
  expect((await ask("/rate 0 /count many")).text).toContain("/help");
  expect((await ask("/rate fast")).text).toContain("/rate N");
  expect((await ask("/rate 0 /dance")).text).toContain("/dance is no command");
});

test("modifiers combine", () => {
  expect(readScript("/rate 5 /wait 10 /late 20 /split /nousage hello")).toMatchObject({
    rate: 5,
    waitMs: 10,
    lateMs: 20,
    split: true,
    usage: false,
    command: { name: "talk", text: "hello" },
  });
  expect(readScript("/bench 10 50 100")).toMatchObject({
    rate: 50,
    command: { name: "bench", chunks: 10, bytes: 100 },
  });
});

test("words lose nothing", () => {
  for (const text of ["a b", " a\n\nb  ", "", "한 글"]) expect(words(text).join("")).toBe(text);
});

test("the README names every command and modifier, and no other", async () => {
  const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");
  const named = [...readme.matchAll(/^\| `(\/[^`]+)`/gm)].map(([, usage]) => usage);
  const known = [...Object.values(commands), ...Object.values(modifiers)].map(({ usage }) => usage);
  expect(new Set(named)).toEqual(new Set(known));
});

test.each([
  ["/rate 50 /echo A lagoon is a shallow body of water.", "A lagoon is a shallow body"],
  ["What is a lagoon?", "What is a lagoon?"],
  ["Ann: /rate 0 /fail 500 /echo hello", "hello"],
  ['{"from":"Ann","guest":"u1","text":"/rate 0 /echo hello"}', "hello"],
  ["/rate 200 /count 100", "count 100"],
  ["석호가  무엇인가요", "석호가  무엇인가요"],
])("names the conversation that begins with %j by its first words", (content, title) => {
  const messages = [
    { role: "system", content: "You give conversations their title. Say only the title." },
    { role: "user", content },
    { role: "assistant", content: "an answer" },
    { role: "user", content: "The title?" },
  ];
  expect(isTitleRequest(messages)).toBe(true);
  expect(isTitleRequest(messages.slice(1))).toBe(false);
  const script = titleScript(messages);
  expect(script).toMatchObject({ command: { name: "echo", text: title }, rate: 0 });
  expect(script.fail).toBeUndefined();
});

test("thinks about a title as long as it is told, or gives none", () => {
  expect(titleScript([{ role: "user", content: "/title 500 hello" }])).toMatchObject({ waitMs: 500 });
  expect(titleScript([{ role: "user", content: "/notitle hello" }])).toMatchObject({ fail: { status: 500 } });
});

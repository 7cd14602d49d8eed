import { randomUUIDv7 } from "node:crypto";
import { ChatClient, reachNatter, waitFor, type ReachedNatter } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let natter: ReachedNatter;

beforeAll(async () => {
  natter = await reachNatter();
});
afterAll(async () => natter[Symbol.asyncDispose]());

interface Page {
  readonly messages: readonly {
    readonly id: string;
    readonly type: string;
    readonly message: string;
    readonly seq: number;
    readonly deletedAt?: string;
    readonly editedAt?: string;
  }[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(natter.url + path);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

async function hits(query: string, guest: string | undefined): Promise<number> {
  const path = `/api/search?guest=${guest}&q=${encodeURIComponent(query)}`;
  const answer = await get<{ hits: unknown[]; truncated: boolean }>(path);
  expect(answer.truncated).toBe(false);
  return answer.hits.length;
}

test("a message streams a reply to every tab, and a reload finds both", async () => {
  const tab = await ChatClient.connect(natter.url, natter.session("journey"), { name: "Kim" });
  const other = await ChatClient.connect(natter.url, natter.session("journey"));
  const complete = await tab.converse("/rate 200 /count 40");
  expect(complete).toMatchObject({ finishReason: "stop", attempt: 1, usage: { completionTokens: 40 } });
  expect(tab.streamed(complete.id)).toBe(complete.message);
  expect(tab.all("ai_chunk").length).toBeGreaterThan(1);
  await other.next("ai_complete");
  expect(other.streamed(complete.id)).toBe(complete.message);
  const page = await get<Page>(`/api/sessions/${natter.session("journey")}/messages`);
  expect(page.messages.map(({ message }) => message)).toEqual(["/rate 200 /count 40", complete.message]);
  expect(page.hasMore).toBe(false);
});

test("the tutorial's client needs four frames and no more", async () => {
  const socket = new WebSocket(`${natter.url.replace("http", "ws")}/ws/chat/${natter.session("tutorial")}/`);
  const seen: { type: string; message?: string; is_user?: boolean; chunk?: string }[] = [];
  socket.addEventListener("message", ({ data }) =>
    seen.push(JSON.parse(String(data)) as (typeof seen)[number]),
  );
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  socket.send(JSON.stringify({ message: "안녕" }));
  const complete = await waitFor(() => seen.find(({ type }) => type === "ai_complete"), {
    what: "ai_complete",
  });
  expect(seen[0]?.type).toBe("connection");
  expect(seen.find(({ type }) => type === "message")).toMatchObject({ message: "안녕", is_user: true });
  const streamed = seen.filter(({ type }) => type === "ai_chunk").map(({ chunk }) => chunk);
  expect(streamed.join("")).toBe(complete.message);
  socket.close();
});

test("stop ends the reply with what was said, and a regenerate answers again", async () => {
  const client = await ChatClient.connect(natter.url, natter.session("stopping"));
  client.send({ message: "/rate 20 /count 500" });
  const start = await client.next("ai_start");
  await client.next("ai_chunk", ({ n }) => n >= 2);
  client.send({ type: "stop", messageId: start.id });
  const stopped = await client.next("ai_complete", ({ id }) => id === start.id);
  expect(stopped.finishReason).toBe("stopped");
  expect(stopped.message).toBe(client.streamed(start.id));
  client.send({ type: "regenerate", messageId: start.id });
  const again = await client.next("ai_start", ({ id }) => id !== start.id);
  expect(again.messageId).toBe(stopped.messageId);
  client.send({ type: "stop", messageId: again.messageId });
  expect((await client.next("ai_complete", ({ id }) => id === again.id)).finishReason).toBe("stopped");
});

test("an edit with reply is answered in its new text, and a deletion takes the text away", async () => {
  const client = await ChatClient.connect(natter.url, natter.session("editing"));
  const first = await client.converse("/rate 0 /echo before");
  expect(first.message).toBe("before");
  client.send({ type: "edit", messageId: first.messageId, message: "/rate 0 /echo after", reply: true });
  const second = await client.next("ai_complete", ({ id }) => id !== first.id);
  expect(second).toMatchObject({ message: "after", messageId: first.messageId });
  let page = await get<Page>(`/api/sessions/${natter.session("editing")}/messages`);
  expect(page.messages[0]).toMatchObject({ message: "/rate 0 /echo after" });
  expect(page.messages[0]?.editedAt).toBeTypeOf("string");
  client.send({ type: "delete", messageId: first.messageId });
  await client.next("message_deleted");
  page = await get<Page>(`/api/sessions/${natter.session("editing")}/messages`);
  expect(page.messages[0]).toMatchObject({ message: "" });
  expect(page.messages[0]?.deletedAt).toBeTypeOf("string");
});

test("somebody else may neither edit nor delete a message, nor delete the session", async () => {
  const author = await ChatClient.connect(natter.url, natter.session("rights"));
  const { messageId } = await author.converse("/rate 0 /count 1");
  const other = await ChatClient.connect(natter.url, natter.session("rights"));
  other.send({ type: "edit", messageId, message: "mine now" });
  other.send({ type: "delete", messageId });
  await waitFor(() => other.all("error").length === 2, { what: "two refusals" });
  expect(other.all("error").map(({ code }) => code)).toEqual(["forbidden", "forbidden"]);
  const refused = await fetch(
    `${natter.url}/api/sessions/${natter.session("rights")}?guest=${other.connection.guestToken}`,
    {
      method: "DELETE",
    },
  );
  expect(refused.status).toBe(403);
  const taken = await fetch(
    `${natter.url}/api/sessions/${natter.session("rights")}?guest=${author.connection.guestToken}`,
    {
      method: "DELETE",
    },
  );
  expect(taken.status).toBe(200);
  await author.next("session_deleted");
  await waitFor(() => author.closeCode, { what: "the sockets to close" });
  expect(author.closeCode).toBe(4504);
  expect((await get<Page>(`/api/sessions/${natter.session("rights")}/messages`)).messages).toEqual([]);
});

test("whoever reads, reacts to or names a session before its first message does not own it", async () => {
  const first = await ChatClient.connect(natter.url, natter.session("grabbed"));
  const guest = first.connection.guestToken;
  const id = "AAAAAAAAAAAAAAAAAAAAAAAA";
  const acts = [
    { type: "read_receipt", messageId: id },
    { type: "reaction", messageId: id, emoji: "🎉", on: true },
    { type: "stop", messageId: id },
  ].map((act) => ({ ...act, id: randomUUIDv7() }));
  for (const act of acts) first.send(act);
  await waitFor(() => first.all("ack").length + first.all("error").length === acts.length, {
    what: "an answer to each act",
  });
  const path = `${natter.url}/api/sessions/${natter.session("grabbed")}`;
  const json = { "content-type": "application/json" };
  const named = await fetch(`${path}?guest=${guest}`, {
    method: "PATCH",
    body: '{"title":"Mine"}',
    headers: json,
  });
  expect(named.status).toBe(200);
  const speaker = await ChatClient.connect(natter.url, natter.session("grabbed"));
  await speaker.converse("/rate 0 /count 1");
  const byFirst = await fetch(`${path}?guest=${guest}`, { method: "DELETE" });
  expect(byFirst.status).toBe(403);
  const bySpeaker = await fetch(`${path}?guest=${speaker.connection.guestToken}`, { method: "DELETE" });
  expect(bySpeaker.status).toBe(200);
});

test("history comes in pages, each message once, in order", async () => {
  const client = await ChatClient.connect(natter.url, natter.session("paging"));
  for (let number = 1; number <= 45; number++) {
    client.send({ message: `/rate 0 /echo ${number}` });
    // A session takes 20 open prompts and no more.
    await waitFor(() => client.all("ai_complete").length > number - 15, { what: "some answers" });
  }
  await waitFor(() => client.all("ai_complete").length === 45, { what: "45 answers", timeoutMs: 60_000 });
  const collected: number[] = [];
  let before = "";
  for (;;) {
    const page: Page = await get(`/api/sessions/${natter.session("paging")}/messages?limit=20${before}`);
    collected.unshift(...page.messages.map(({ seq }) => seq));
    if (!page.hasMore) break;
    expect(page.messages.length).toBe(20);
    before = `&before=${page.messages[0]?.id}`;
  }
  expect(collected.length).toBe(90);
  expect(collected).toEqual([...new Set(collected)].sort((left, right) => left - right));
  const answers = client.all("ai_complete").map(({ message }) => Number(message));
  expect(answers).toEqual(Array.from({ length: 45 }, (_, index) => index + 1));
});

test("search finds Korean words inside longer ones, for the caller only", async () => {
  const client = await ChatClient.connect(natter.url, natter.session("searching"));
  await client.converse("/rate 0 /echo 데이터베이스를 공부합니다, that’s ＳＱＬ");
  const { guestToken } = client.connection;
  await waitFor(async () => (await hits("이터", guestToken)) === 2, { what: "the recorder to catch up" });
  expect(await hits("공부 데이터", guestToken)).toBe(2);
  expect(await hits("를", guestToken)).toBe(2);
  expect(await hits("공부 없음", guestToken)).toBe(0);
  expect(await hits("that's sql", guestToken)).toBe(2);
  const stranger = await ChatClient.connect(natter.url, natter.session("elsewhere"));
  expect(await hits("이터", stranger.connection.guestToken)).toBe(0);
});

test("the sessions list is the caller's, with title, last message, pinned and archived", async () => {
  const client = await ChatClient.connect(natter.url, natter.session("listed"));
  await client.converse("/rate 0 /echo hello");
  const { guestToken } = client.connection;
  const change = async (body: object): Promise<number> =>
    (
      await fetch(`${natter.url}/api/sessions/${natter.session("listed")}?guest=${guestToken}`, {
        method: "PATCH",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      })
    ).status;
  expect(await change({ title: "제목", systemPrompt: "Be short.", pinned: true })).toBe(200);
  await client.next("session_updated", ({ title }) => title === "제목");
  const list = async (query = ""): Promise<Record<string, unknown>[]> =>
    (await get<{ sessions: Record<string, unknown>[] }>(`/api/sessions?guest=${guestToken}${query}`))
      .sessions;
  await waitFor(async () => (await list())[0]?.["title"] === "제목", { what: "the title in the list" });
  expect(await list()).toMatchObject([
    {
      sessionId: natter.session("listed"),
      title: "제목",
      pinned: true,
      archived: false,
      lastMessage: { message: "hello", is_user: false },
    },
  ]);
  expect((await client.converse("/rate 0 /context")).message).toContain("Be short.");
  expect(await change({ archived: true })).toBe(200);
  expect(await list()).toEqual([]);
  expect(await list("&archived=true")).toMatchObject([{ sessionId: natter.session("listed") }]);
});

test("the page at / is a page", async () => {
  const answer = await fetch(natter.url);
  expect(answer.headers.get("content-type")).toContain("text/html");
  expect(await answer.text()).toContain("<title>natter</title>");
  for (const path of ["/livez", "/readyz", "/openapi.json"])
    expect((await fetch(natter.url + path)).status).toBe(200);
});

import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { tokensOf, type ChatMessage } from "./answers.ts";
import { CompletionStream } from "./completion-stream.ts";
import type { RequestLog } from "./request-log.ts";
import { lastCommand, readScript, type Script } from "./script.ts";
import { isTitleRequest, titleScript } from "./title.ts";
import { speechIn } from "./speech.ts";
import type { Ticker } from "./ticker.ts";

interface Body {
  readonly messages?: readonly { role?: unknown; content?: unknown }[];
  readonly stream?: boolean;
  readonly stream_options?: { readonly include_usage?: boolean };
}

/** `POST /v1/chat/completions`, as OpenAI has it, as far as natter uses it. */
export function registerChatCompletions(server: FastifyInstance, log: RequestLog, ticker: Ticker): void {
  server.post<{ Body: Body | undefined }>("/v1/chat/completions", async (request, reply) => {
    const messages = readMessages(request.body);
    const last = messages?.findLast(({ role }) => role === "user")?.content;
    if (!messages || last === undefined) return refuse(reply, 400, "messages must hold a user's message");
    return answer({ request, reply, messages, last: lastCommand(speechIn(last)) }, log, ticker);
  });
  server.get("/v1/models", () => ({
    object: "list",
    data: [{ id: "demo", object: "model", created: 0, owned_by: "natter" }],
  }));
  server.get("/demo/requests", () => log.all());
}

interface Asked {
  readonly request: FastifyRequest<{ Body: Body | undefined }>;
  readonly reply: FastifyReply;
  readonly messages: readonly ChatMessage[];
  readonly last: string;
}

async function answer(
  { request, reply, messages, last }: Asked,
  log: RequestLog,
  ticker: Ticker,
): Promise<unknown> {
  const script = isTitleRequest(messages) ? titleScript(messages) : readScript(last);
  const logged = log.begin(last);
  if (script.waitMs > 0) await untilClosedOr(reply, script.waitMs);
  if (reply.raw.destroyed || reply.raw.closed) return log.end(logged, "aborted");
  if (script.fail && log.timesSeen(last) <= script.fail.times) {
    log.end(logged, "failed");
    if (script.retryAfterSeconds !== undefined)
      void reply.header("retry-after", String(script.retryAfterSeconds));
    return refuse(reply, script.fail.status, "the demo model was told to fail");
  }
  if (script.strict && !isAlternating(messages)) {
    log.end(logged, "failed");
    return refuse(reply, 400, "Conversation roles must alternate user/assistant/user/assistant/...");
  }
  const tokens = tokensOf(script.command, messages);
  const promptTokens = Math.ceil(messages.reduce((sum, { content }) => sum + content.length, 0) / 4);
  if (request.body?.stream !== true) {
    log.end(logged, "finished");
    return whole(script, [...tokens].join(""), promptTokens);
  }
  reply.hijack();
  const includeUsage = request.body.stream_options?.include_usage === true;
  new CompletionStream({
    response: reply.raw,
    script,
    tokens,
    includeUsage,
    promptTokens,
    request: logged,
    log,
    ticker,
  }).run();
  return undefined;
}

function whole(script: Script, content: string, promptTokens: number): object {
  const completionTokens = Math.ceil(content.length / 4);
  return {
    id: "demo",
    object: "chat.completion",
    created: Math.floor(Date.now() / 1_000),
    model: "demo",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    ...(script.usage
      ? {
          usage: {
            prompt_tokens: promptTokens,
            completion_tokens: completionTokens,
            total_tokens: promptTokens + completionTokens,
          },
        }
      : {}),
  };
}

/** After an optional system message the user and the assistant speak in turn, and the user begins. */
function isAlternating(messages: readonly ChatMessage[]): boolean {
  const turns = messages.slice(messages[0]?.role === "system" ? 1 : 0);
  return turns.every(({ role }, index) => role === (index % 2 === 0 ? "user" : "assistant"));
}

function readMessages(body: Body | undefined): ChatMessage[] | undefined {
  if (!Array.isArray(body?.messages)) return undefined;
  return body.messages.map(({ role, content }) => ({
    role: String(role),
    content: typeof content === "string" ? content : JSON.stringify(content),
  }));
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ error: { message, type: "demo_error", code: "demo", param: null } });
}

async function untilClosedOr(reply: FastifyReply, waitMs: number): Promise<void> {
  const closed = new AbortController();
  reply.raw.once("close", () => closed.abort());
  await sleep(waitMs, undefined, { signal: closed.signal }).catch(() => undefined);
}

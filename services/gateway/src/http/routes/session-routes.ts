import { checkClientFrame, cleanLine, cleanLines, limits, MessageId, SessionId } from "@natter/protocol";
import type { Connection, StoreClient } from "@natter/session-log";
import { Type, type Static } from "typebox";
import type { FastifyRequest } from "fastify";
import { Failure } from "../../failure.ts";
import type { History } from "../../history/history.ts";
import { dispatchFrame, publishTyping, sendIntent } from "../../connections/frame-dispatch.ts";
import { TypingFlows } from "../../connections/typing-flow.ts";
import type { Sender } from "../../sending/sender.ts";
import type { Identify } from "./identify.ts";
import type { TypedServer } from "../typed-server.ts";
import { limit, pageLimit } from "./page-limit.ts";

export interface SessionRouteDeps {
  readonly identify: Identify;
  readonly history: History;
  readonly sender: Sender;
  readonly store: StoreClient;
  readonly connection: Connection;
  /** Names of those that a session may be given. */
  readonly models: readonly string[];
}

const Params = Type.Object({ sessionId: SessionId });
const Patch = Type.Object(
  {
    title: Type.Optional(Type.String({ maxLength: limits.titleLength })),
    systemPrompt: Type.Optional(Type.String({ maxLength: limits.systemPromptLength })),
    model: Type.Optional(Type.String({ minLength: 1, maxLength: limits.modelLength })),
    pinned: Type.Optional(Type.Boolean()),
    archived: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false, minProperties: 1 },
);
const Headers = Type.Object({ "idempotency-key": Type.Optional(Type.String()) });

/** A session, its pages, and the frames of a client that has no socket. */
export function registerSessionRoutes(server: TypedServer, deps: SessionRouteDeps): void {
  registerReads(server, deps);
  registerFrames(server, deps);
  registerChanges(server, deps);
}

function registerReads(server: TypedServer, { identify, history }: SessionRouteDeps): void {
  server.get(
    "/api/sessions/:sessionId",
    {
      schema: {
        summary:
          "Title, system prompt and model, whether the caller may delete it, and how far everybody has read",
        params: Params,
      },
    },
    async (request, reply) => {
      const { id } = await identify(request, reply);
      return describe(request.params.sessionId, id, history);
    },
  );
  server.get(
    "/api/sessions/:sessionId/messages",
    {
      schema: {
        summary:
          "A page of messages, ascending: the last ones, or those before `before`, after `after` or around `around`",
        params: Params,
        querystring: Type.Object({
          before: Type.Optional(MessageId),
          after: Type.Optional(MessageId),
          around: Type.Optional(MessageId),
          limit,
        }),
      },
    },
    async (request, reply) => {
      const { id: reader } = await identify(request, reply);
      const { before, after, around, limit: limitText } = request.query;
      const { sessionId } = request.params;
      const wanted = { limit: pageLimit(limitText, limits.pageMessagesDefault), reader };
      if ([before, after, around].filter((place) => place !== undefined).length > 1)
        throw new Failure("bad_request", "A page has one of `before`, `after` and `around`");
      if (around !== undefined) return history.around(sessionId, { around, ...wanted });
      if (after !== undefined) return history.after(sessionId, { after, ...wanted });
      return history.page(sessionId, { ...wanted, ...(before === undefined ? {} : { before }) });
    },
  );
}

function registerFrames(server: TypedServer, { identify, sender, connection }: SessionRouteDeps): void {
  const typing = new TypingFlows((author, isTyping) => publishTyping(connection, author, isTyping));
  server.post(
    "/api/sessions/:sessionId/frames",
    {
      schema: {
        summary: "One client frame; `Idempotency-Key` is its `id`",
        params: Params,
        headers: Headers,
        body: Type.Unknown(),
      },
    },
    async (request, reply) => {
      const { id, name } = await identify(request, reply);
      const decoded = checkClientFrame(withKey(request.body, request.headers["idempotency-key"]));
      if (!decoded.ok) throw new Failure(decoded.code, decoded.message);
      const author = { sessionId: request.params.sessionId, user: { id, name } };
      const answer = await dispatchFrame(decoded.frame, {
        author,
        sender,
        setTyping: (isTyping) => typing.add(author, isTyping),
      });
      return answer ?? reply.code(204).send();
    },
  );
}

function registerChanges(server: TypedServer, deps: SessionRouteDeps): void {
  const { identify, sender, history, store } = deps;
  server.patch(
    "/api/sessions/:sessionId",
    {
      schema: {
        summary: "Title, system prompt and model for everybody; `pinned` and `archived` for the caller",
        params: Params,
        headers: Headers,
        body: Patch,
      },
    },
    async (request, reply) => {
      const { id, name } = await identify(request, reply);
      const { sessionId } = request.params;
      const { pinned, archived, ...wanted } = request.body;
      refuseIllFormed(wanted);
      const details = cleaned(wanted);
      if (details.model !== undefined && !deps.models.includes(details.model))
        throw new Failure("bad_model", `A session may have one of these models: ${deps.models.join(", ")}`);
      const marks = pinned !== undefined || archived !== undefined;
      // Before anything is done: a mark of nothing would be a row for ever.
      if (marks) await requireSession(sessionId, history);
      if (Object.keys(details).length > 0) {
        const author = { sessionId, user: { id, name } };
        await sendIntent({ type: "session_update", ...keyOf(request), ...details }, { author, sender });
      }
      if (marks) {
        await store.ask("mark", {
          userId: id,
          sessionId,
          ...(pinned === undefined ? {} : { pinned }),
          ...(archived === undefined ? {} : { archived }),
        });
      }
      return describe(sessionId, id, history);
    },
  );
  server.delete(
    "/api/sessions/:sessionId",
    {
      schema: {
        summary:
          "Removes everything so far, for good; only for the user who sent the first message of the session",
        params: Params,
        headers: Headers,
      },
    },
    async (request, reply) => {
      const { id, name } = await identify(request, reply);
      const { sessionId } = request.params;
      const firstAuthor = await requireSession(sessionId, history);
      if (firstAuthor !== id)
        throw new Failure("forbidden", "Only the user who sent the first message of a session may delete it");
      const author = { sessionId, user: { id, name } };
      return sendIntent({ type: "session_delete", ...keyOf(request) }, { author, sender });
    },
  );
}

/** @returns who began it. @throws Failure `not_found` if nobody did */
async function requireSession(sessionId: string, history: History): Promise<string> {
  const { firstAuthor } = (await history.details(sessionId)).details;
  if (firstAuthor === undefined) throw new Failure("not_found");
  return firstAuthor;
}

/** Who began it is nobody's business; whether the asker did is the asker's. */
async function describe(sessionId: string, askerId: string, history: History): Promise<object> {
  const { details, readMarks } = await history.details(sessionId);
  const { title, systemPrompt, model, firstAuthor } = details;
  return { sessionId, title, systemPrompt, model, canDelete: firstAuthor === askerId, readMarks };
}

const uuid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

function keyOf(request: FastifyRequest<{ Headers: Static<typeof Headers> }>): { id?: string } {
  const key = request.headers["idempotency-key"];
  if (key === undefined) return {};
  if (!uuid.test(key)) throw new Failure("bad_request", "Idempotency-Key is a UUID");
  return { id: key };
}

function withKey(body: unknown, key: string | undefined): unknown {
  if (key === undefined || typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const { id } = body as { id?: unknown };
  if (id !== undefined && id !== key) throw new Failure("bad_request", "Idempotency-Key and `id` differ");
  return { ...body, id: key };
}

/** Others see a title in their lists, and the model reads a prompt: neither may change what stands around it. */
function cleaned<T extends { title?: string; systemPrompt?: string }>(details: T): T {
  const { title, systemPrompt } = details;
  return {
    ...details,
    ...(title === undefined ? {} : { title: cleanLine(title) }),
    ...(systemPrompt === undefined ? {} : { systemPrompt: cleanLines(systemPrompt) }),
  };
}

function refuseIllFormed(details: Readonly<Record<string, string>>): void {
  if (!Object.values(details).every((text) => text.isWellFormed())) {
    throw new Failure("bad_frame", "Text must be well-formed Unicode, without lone surrogates");
  }
}

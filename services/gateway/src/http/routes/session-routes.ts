import type { FastifyPluginCallbackTypebox } from "@fastify/type-provider-typebox";
import { cleanLine, cleanLines, defined, limits, mayDeleteSession } from "@natter/protocol";
import type { StoreClient } from "@natter/session-log";
import type { Static } from "typebox";
import { sendIntent } from "../../connections/frame-dispatch.ts";
import { Failure } from "../../failure.ts";
import type { History } from "../../history/history.ts";
import type { Sender } from "../../sending/sender.ts";
import type { SessionDescription } from "../endpoints/answers.ts";
import {
  changeSession,
  deleteSession,
  describeSession,
  listMessages,
} from "../endpoints/session-endpoints.ts";
import type { Identify } from "./identify.ts";
import { pageLimit } from "./page-limit.ts";

export interface SessionRouteDeps {
  readonly identify: Identify;
  readonly history: History;
  readonly sender: Sender;
  readonly store: StoreClient;
  /** Names of the models that a session may have. */
  readonly models: readonly string[];
}

/** A session: what it is, its messages, its changes and its deletion. */
export const sessionRoutes: FastifyPluginCallbackTypebox<SessionRouteDeps> = (server, deps, done) => {
  const { identify, sender, history, store, models } = deps;
  server.route({
    ...describeSession,
    handler: async (request, reply) => {
      const { id } = await identify(request, reply);
      return describe(request.params.sessionId, id, history);
    },
  });
  server.route({
    ...listMessages,
    handler: async (request, reply) => {
      const { id: reader } = await identify(request, reply);
      return pageOf(history, request.params.sessionId, { ...request.query, reader });
    },
  });
  server.route({
    ...changeSession,
    handler: async (request, reply) => {
      const { id, name } = await identify(request, reply);
      const { sessionId } = request.params;
      const { pinned, archived, ...wanted } = request.body;
      const details = checkedDetails(wanted, models);
      const marks = defined({ pinned, archived });
      const hasMarks = Object.keys(marks).length > 0;
      // Before anything is stored: the marks of a session that does not exist would stay in the store for ever.
      if (hasMarks) await requireSession(sessionId, history);
      if (Object.keys(details).length > 0) {
        const author = { sessionId, user: { id, name } };
        const key = keyOf(request.headers["idempotency-key"]);
        await sendIntent({ type: "session_update", ...key, ...details }, { author, sender });
      }
      if (hasMarks) await store.ask("mark", { userId: id, sessionId, ...marks });
      return describe(sessionId, id, history);
    },
  });
  server.route({
    ...deleteSession,
    handler: async (request, reply) => {
      const { id, name } = await identify(request, reply);
      const { sessionId } = request.params;
      const firstAuthor = await requireSession(sessionId, history);
      if (!mayDeleteSession(id, firstAuthor, "refused"))
        throw new Failure("forbidden", "Only the user who sent the first message of a session may delete it");
      const author = { sessionId, user: { id, name } };
      const key = keyOf(request.headers["idempotency-key"]);
      return sendIntent({ type: "session_delete", ...key }, { author, sender });
    },
  });
  done();
};

type MessagesQuery = Static<(typeof listMessages)["schema"]["querystring"]> & { readonly reader: string };

async function pageOf(history: History, sessionId: string, query: MessagesQuery) {
  const { before, after, around, reader } = query;
  const wanted = { limit: pageLimit(query.limit, limits.pageMessagesDefault), reader };
  if ([before, after, around].filter((place) => place !== undefined).length > 1)
    throw new Failure("bad_request", "A page has one of `before`, `after` and `around`");
  if (around !== undefined) return history.around(sessionId, { around, ...wanted });
  if (after !== undefined) return history.after(sessionId, { after, ...wanted });
  return history.page(sessionId, { ...wanted, ...(before === undefined ? {} : { before }) });
}

/** @returns the id of the user who sent the session's first message. @throws Failure `not_found` if there is none */
async function requireSession(sessionId: string, history: History): Promise<string> {
  const { firstAuthor } = (await history.details(sessionId)).details;
  if (firstAuthor === undefined) throw new Failure("not_found");
  return firstAuthor;
}

/** The answer does not name the first author: it only says whether the caller is the first author. */
async function describe(
  sessionId: string,
  callerId: string,
  history: History,
): Promise<Static<typeof SessionDescription>> {
  const { details, readMarks } = await history.details(sessionId);
  const { title, systemPrompt, model, firstAuthor } = details;
  return {
    sessionId,
    ...defined({ title, systemPrompt, model }),
    canDelete: mayDeleteSession(callerId, firstAuthor, "refused"),
    readMarks,
  };
}

const uuid = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

function keyOf(key: string | undefined): { id?: string } {
  if (key === undefined) return {};
  if (!uuid.test(key)) throw new Failure("bad_request", "Idempotency-Key is a UUID");
  return { id: key };
}

interface WantedDetails {
  readonly title?: string;
  readonly systemPrompt?: string;
  readonly model?: string;
}

/**
 * The details without characters that could change the text around them: others see a title in their lists, and the
 * model reads a system prompt.
 *
 * @throws Failure `bad_frame`, `bad_model`
 */
function checkedDetails(
  { title, systemPrompt, model }: WantedDetails,
  models: readonly string[],
): WantedDetails {
  for (const text of [title, systemPrompt, model])
    if (text?.isWellFormed() === false)
      throw new Failure("bad_frame", "Text must be well-formed Unicode, without lone surrogates");
  if (model !== undefined && !models.includes(model))
    throw new Failure("bad_model", `A session may have one of these models: ${models.join(", ")}`);
  return defined({
    title: title === undefined ? undefined : cleanLine(title),
    systemPrompt: systemPrompt === undefined ? undefined : cleanLines(systemPrompt),
    model,
  });
}

import type { FastifyPluginCallbackTypebox } from "@fastify/type-provider-typebox";
import { limits } from "@natter/protocol";
import type { StoreClient } from "@natter/session-log";
import { listSessions, searchMessages } from "../endpoints/list-endpoints.ts";
import type { Identify } from "./identify.ts";
import { formatListPlace, readListPlace } from "./list-place.ts";
import { pageLimit } from "./page-limit.ts";

export interface ListRouteDeps {
  readonly identify: Identify;
  readonly store: StoreClient;
}

/** What a person has: their sessions, and messages in them. */
export const listRoutes: FastifyPluginCallbackTypebox<ListRouteDeps> = (
  server,
  { identify, store },
  done,
) => {
  server.route({
    ...listSessions,
    handler: async (request, reply) => {
      const { id } = await identify(request, reply);
      const { limit, archived, after } = request.query;
      const { sessions, next } = await store.ask("sessions", {
        userId: id,
        limit: pageLimit(limit, limits.sessionListEntries),
        archived: archived === "true",
        ...(after === undefined ? {} : { after: readListPlace(after) }),
      });
      return { sessions, ...(next && { next: formatListPlace(next) }) };
    },
  });
  server.route({
    ...searchMessages,
    handler: async (request, reply) => {
      const { id } = await identify(request, reply);
      const { q, limit } = request.query;
      const { hits, truncated } = await store.ask("search", {
        userId: id,
        query: q,
        limit: Math.min(pageLimit(limit, limits.pageMessagesDefault), limits.searchHits),
      });
      return { hits: [...hits], truncated };
    },
  });
  done();
};

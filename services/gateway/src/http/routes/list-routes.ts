import type { StoreClient } from "@natter/session-log";
import { limits } from "@natter/protocol";
import { Type } from "typebox";
import type { Identify } from "./identify.ts";
import type { TypedServer } from "../typed-server.ts";
import { formatListPlace, readListPlace } from "./list-place.ts";
import { limit, pageLimit } from "./page-limit.ts";

export interface ListRouteDeps {
  readonly identify: Identify;
  readonly store: StoreClient;
}

/** What a person has: their sessions, and what they or others said in them. */
export function registerListRoutes(server: TypedServer, { identify, store }: ListRouteDeps): void {
  server.get(
    "/api/sessions",
    {
      schema: {
        summary:
          "The caller's sessions, the pinned ones first, then latest first; those after `after`, the `next` of an earlier answer",
        querystring: Type.Object({
          limit,
          archived: Type.Optional(Type.Enum(["true", "false"])),
          after: Type.Optional(Type.String()),
        }),
      },
    },
    async (request, reply) => {
      const { id } = await identify(request, reply);
      const { limit: limitText, archived, after } = request.query;
      const { sessions, next } = await store.ask("sessions", {
        userId: id,
        limit: pageLimit(limitText, limits.sessionListEntries),
        archived: archived === "true",
        ...(after === undefined ? {} : { after: readListPlace(after) }),
      });
      return { sessions, ...(next && { next: formatListPlace(next) }) };
    },
  );
  server.get(
    "/api/search",
    {
      schema: {
        summary:
          "Messages of the caller's sessions that contain every word of `q`, latest first; `truncated`: earlier ones may, too, but the search gave up before them",
        querystring: Type.Object({
          q: Type.String({ minLength: 1, maxLength: limits.searchQueryLength }),
          limit,
        }),
      },
    },
    async (request, reply) => {
      const { id } = await identify(request, reply);
      const { q, limit: limitText } = request.query;
      const { hits, truncated } = await store.ask("search", {
        userId: id,
        query: q,
        limit: Math.min(pageLimit(limitText, limits.pageMessagesDefault), limits.searchHits),
      });
      return { hits, truncated };
    },
  );
}

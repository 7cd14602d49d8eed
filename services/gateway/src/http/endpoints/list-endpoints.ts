import { limits } from "@natter/protocol";
import { Type } from "typebox";
import { SearchResult, SessionList } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { limit } from "./parameters.ts";
import { problems, problemsOf } from "./problems.ts";

export const listSessions = {
  method: "GET",
  url: "/api/sessions",
  schema: {
    summary:
      "The caller's sessions, the pinned ones first, then latest first; those after `after`, the `next` of an earlier answer",
    querystring: Type.Object({
      limit,
      archived: Type.Optional(Type.Enum(["true", "false"])),
      after: Type.Optional(Type.String()),
    }),
    response: { 200: SessionList, ...problems(...problemsOf.reading) },
  },
} as const satisfies Endpoint;

export const searchMessages = {
  method: "GET",
  url: "/api/search",
  schema: {
    summary: "Messages of the caller's sessions that contain every word of `q`, latest first",
    querystring: Type.Object({
      q: Type.String({ minLength: 1, maxLength: limits.searchQueryLength }),
      limit,
    }),
    response: { 200: SearchResult, ...problems(...problemsOf.reading) },
  },
} as const satisfies Endpoint;

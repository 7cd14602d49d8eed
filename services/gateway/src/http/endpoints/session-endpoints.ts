import { limits, MessageId } from "@natter/protocol";
import { Type } from "typebox";
import { Ack, MessagePage, Pong, SessionDescription } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";
import { IdempotencyHeaders, limit, SessionParams } from "./parameters.ts";
import { problems, problemsOf } from "./problems.ts";

export const describeSession = {
  method: "GET",
  url: "/api/sessions/:sessionId",
  schema: {
    summary:
      "Title, system prompt and model, whether the caller may delete it, and how far everybody has read",
    params: SessionParams,
    response: { 200: SessionDescription, ...problems(...problemsOf.reading, "bad_session") },
  },
} as const satisfies Endpoint;

export const listMessages = {
  method: "GET",
  url: "/api/sessions/:sessionId/messages",
  schema: {
    summary:
      "A page of messages, ascending: the last ones, or those before `before`, after `after` or around `around`",
    params: SessionParams,
    querystring: Type.Object({
      before: Type.Optional(MessageId),
      after: Type.Optional(MessageId),
      around: Type.Optional(MessageId),
      limit,
    }),
    response: { 200: MessagePage, ...problems(...problemsOf.reading, "bad_session", "not_found") },
  },
} as const satisfies Endpoint;

export const readEvents = {
  method: "GET",
  url: "/api/sessions/:sessionId/events",
  schema: {
    summary: "The session's frames as server-sent events; `Last-Event-ID` or `since` is a cursor",
    params: SessionParams,
    querystring: Type.Object({ since: Type.Optional(Type.String({ maxLength: 64 })) }),
    headers: Type.Object({ "last-event-id": Type.Optional(Type.String({ maxLength: 64 })) }),
    response: {
      200: {
        description: "Each event holds one frame; the event `end` holds a row of the close codes",
        content: { "text/event-stream": { schema: Type.String() } },
      },
      ...problems(...problemsOf.streaming),
    },
  },
} as const satisfies Endpoint;

export const sendFrame = {
  method: "POST",
  url: "/api/sessions/:sessionId/frames",
  schema: {
    summary: "One client frame; `Idempotency-Key` is its `id`",
    params: SessionParams,
    headers: IdempotencyHeaders,
    body: Type.Unknown(),
    response: {
      200: Type.Union([Ack, Pong], { description: "The frame is stored, or it was a `ping`" }),
      204: Type.Null({ description: "The typing state was taken" }),
      ...problems(
        ...problemsOf.writing,
        "bad_frame",
        "unknown_type",
        "bad_emoji",
        "forbidden",
        "not_found",
        "rate_limited",
        "too_many_reactions",
      ),
    },
  },
} as const satisfies Endpoint;

export const changeSession = {
  method: "PATCH",
  url: "/api/sessions/:sessionId",
  schema: {
    summary: "Title, system prompt and model for everybody; `pinned` and `archived` for the caller",
    params: SessionParams,
    headers: IdempotencyHeaders,
    body: Type.Object(
      {
        title: Type.Optional(Type.String({ maxLength: limits.titleLength })),
        systemPrompt: Type.Optional(Type.String({ maxLength: limits.systemPromptLength })),
        model: Type.Optional(Type.String({ minLength: 1, maxLength: limits.modelLength })),
        pinned: Type.Optional(Type.Boolean()),
        archived: Type.Optional(Type.Boolean()),
      },
      { additionalProperties: false, minProperties: 1 },
    ),
    response: {
      200: SessionDescription,
      ...problems(...problemsOf.writing, "bad_frame", "bad_model", "not_found"),
    },
  },
} as const satisfies Endpoint;

export const deleteSession = {
  method: "DELETE",
  url: "/api/sessions/:sessionId",
  schema: {
    summary:
      "Removes everything so far, for good; only for the user who sent the first message of the session",
    params: SessionParams,
    headers: IdempotencyHeaders,
    response: { 200: Ack, ...problems(...problemsOf.writing, "forbidden", "not_found") },
  },
} as const satisfies Endpoint;

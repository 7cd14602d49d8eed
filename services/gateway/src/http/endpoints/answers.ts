/** The bodies of the HTTP answers. The types of packages/protocol are the same, and the compiler compares both. */
import {
  MessageId,
  PageMessageSchema,
  ReadMarkSchema,
  SearchHitSchema,
  SessionEntrySchema,
  SessionId,
} from "@natter/protocol";
import { Type } from "typebox";

export const MessagePage = Type.Object(
  {
    messages: Type.Array(PageMessageSchema),
    cursor: Type.String({ description: "Up to where the page is complete: connect with `since` = this" }),
    hasMore: Type.Boolean({ description: "There are earlier messages" }),
    hasNewer: Type.Optional(
      Type.Boolean({ description: "With `after` and `around`: there are later messages" }),
    ),
  },
  { description: "A page of messages, ascending" },
);

export const SessionList = Type.Object(
  {
    sessions: Type.Array(SessionEntrySchema),
    next: Type.Optional(
      Type.String({ description: "There are more: those after it come with `after` = this" }),
    ),
  },
  { description: "A page of the list of sessions" },
);

export const SearchResult = Type.Object(
  {
    hits: Type.Array(SearchHitSchema),
    truncated: Type.Boolean({
      description: "The search ended early: earlier messages may contain the words, too",
    }),
  },
  { description: "Messages, latest first" },
);

export const SessionDescription = Type.Object(
  {
    sessionId: SessionId,
    title: Type.Optional(Type.String()),
    systemPrompt: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    canDelete: Type.Boolean({ description: "Whether the caller may delete the session" }),
    readMarks: Type.Array(ReadMarkSchema, {
      description: "How far each user has read, the latest mark first",
    }),
  },
  { description: "A session" },
);

/** Its `id` is that of the frame, or the `Idempotency-Key`; missing if there was none. */
export const Ack = Type.Object(
  {
    type: Type.Literal("ack"),
    id: Type.Optional(Type.String()),
    messageId: Type.Optional(MessageId),
    seq: Type.Integer({ minimum: 0 }),
    duplicate: Type.Optional(Type.Boolean()),
  },
  { description: "It is stored" },
);

export const Pong = Type.Object({ type: Type.Literal("pong") }, { description: "The answer to `ping`" });

export const Live = Type.Object({ status: Type.Literal("live") }, { description: "The process lives" });
export const Ready = Type.Object(
  { status: Type.Literal("ready") },
  { description: "New connections are welcome" },
);
export const NotReady = Type.Object(
  {
    status: Type.Literal("not ready"),
    reason: Type.Enum(["draining", "broker away", "full"], {
      description:
        "`full`: the log refused an event within the last 30 s, because it or its disk has no room",
    }),
  },
  { description: "New connections should go elsewhere" },
);

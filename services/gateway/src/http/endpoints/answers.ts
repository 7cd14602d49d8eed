/** The bodies of the HTTP answers. The types of packages/protocol are the same, and the compiler compares both. */
import { durableFrames, MessageId, SessionId, User } from "@natter/protocol";
import { Type } from "typebox";

const ReactionCount = Type.Object({
  emoji: Type.String(),
  count: Type.Integer({ minimum: 1, description: "Users who reacted" }),
  users: Type.Array(Type.String(), {
    description: "Ids of some of them, the caller's own always among them",
  }),
});

/** What later events did to a message. */
const changes = {
  editedAt: Type.Optional(Type.String({ description: "ISO 8601" })),
  deletedAt: Type.Optional(Type.String({ description: "ISO 8601; the message is empty then" })),
  reactions: Type.Optional(Type.Array(ReactionCount)),
};

const PageMessage = Type.Union([
  Type.Object({ ...durableFrames.message.properties, ...changes }),
  Type.Object({ ...durableFrames.ai_complete.properties, ...changes }),
]);

export const MessagePage = Type.Object(
  {
    messages: Type.Array(PageMessage),
    cursor: Type.String({ description: "Up to where the page is complete: connect with `since` = this" }),
    hasMore: Type.Boolean({ description: "There are earlier messages" }),
    hasNewer: Type.Optional(
      Type.Boolean({ description: "With `after` and `around`: there are later messages" }),
    ),
  },
  { description: "A page of messages, ascending" },
);

const title = Type.Optional(Type.String());

const SessionEntry = Type.Object({
  sessionId: SessionId,
  title,
  lastActivity: Type.String({ description: "ISO 8601" }),
  lastMessage: Type.Optional(
    Type.Object({ id: MessageId, message: Type.String(), is_user: Type.Boolean(), user: User }),
  ),
  pinned: Type.Boolean(),
  archived: Type.Boolean(),
  canDelete: Type.Optional(Type.Boolean({ description: "Missing while it is not known" })),
});

export const SessionList = Type.Object(
  {
    sessions: Type.Array(SessionEntry),
    next: Type.Optional(
      Type.String({ description: "There are more: those after it come with `after` = this" }),
    ),
  },
  { description: "A page of the list of sessions" },
);

export const SearchResult = Type.Object(
  {
    hits: Type.Array(Type.Object({ sessionId: SessionId, title, message: PageMessage })),
    truncated: Type.Boolean({
      description: "The search ended early: earlier messages may contain the words, too",
    }),
  },
  { description: "Messages, latest first" },
);

export const SessionDescription = Type.Object(
  {
    sessionId: SessionId,
    title,
    systemPrompt: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    canDelete: Type.Boolean({ description: "Whether the caller may delete the session" }),
    readMarks: Type.Array(Type.Object({ user: User, messageId: MessageId }), {
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

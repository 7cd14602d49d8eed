/** What the store answers and the gateway passes on, as schemas. `store-answers.ts` and the folds have the same as plain types. */
import { Type } from "typebox";
import { MessageId, SessionId } from "../frames/id-schemas.ts";
import { durableFrames, User } from "../frames/server-frames.ts";

export const ReactionSchema = Type.Object({
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
  reactions: Type.Optional(Type.Array(ReactionSchema)),
};

export const PageMessageSchema = Type.Union([
  Type.Object({ ...durableFrames.message.properties, ...changes }),
  Type.Object({ ...durableFrames.ai_complete.properties, ...changes }),
]);

const title = Type.Optional(Type.String());

export const SessionEntrySchema = Type.Object({
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

export const SearchHitSchema = Type.Object({ sessionId: SessionId, title, message: PageMessageSchema });

export const ReadMarkSchema = Type.Object({ user: User, messageId: MessageId });

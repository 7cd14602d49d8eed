import { Type, type Static } from "typebox";
import { ClientId, MessageId } from "./id-schemas.ts";
import { limits } from "../limits.ts";

/** Fields of every frame that makes an event. `retry`: the client has sent this `id` before. */
const intent = { id: Type.Optional(ClientId), retry: Type.Optional(Type.Boolean()) };
const strict = { additionalProperties: false } as const;
const text = Type.String({ minLength: 1, maxLength: limits.clientFrameBytes });

/** The description of a file. natter stores no files. */
export const Attachment = Type.Object(
  {
    id: Type.String({ pattern: "^[A-Za-z0-9_-]{1,64}$" }),
    name: Type.String({ minLength: 1, maxLength: limits.attachmentNameLength }),
    mimeType: Type.String({ pattern: "^[a-z]+/[A-Za-z0-9.+-]{1,100}$" }),
    sizeBytes: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  },
  strict,
);
export type Attachment = Static<typeof Attachment>;

/** `type` may be missing, because the smallest client sends `{"message": "…"}` and nothing else. */
const MessageFrame = Type.Object(
  {
    type: Type.Optional(Type.Literal("message")),
    ...intent,
    message: text,
    attachments: Type.Optional(Type.Array(Attachment, { minItems: 1, maxItems: limits.attachments })),
    replyTo: Type.Optional(MessageId),
  },
  strict,
);

const EditFrame = Type.Object(
  {
    type: Type.Literal("edit"),
    ...intent,
    messageId: MessageId,
    message: text,
    /** True: answer the new text. */
    reply: Type.Optional(Type.Boolean()),
  },
  strict,
);

const target = <T extends string>(type: T) =>
  Type.Object({ type: Type.Literal(type), ...intent, messageId: MessageId }, strict);

const DeleteFrame = target("delete");
const RegenerateFrame = target("regenerate");
const StopFrame = target("stop");
const ReadReceiptFrame = target("read_receipt");

const ReactionFrame = Type.Object(
  {
    type: Type.Literal("reaction"),
    ...intent,
    messageId: MessageId,
    emoji: Type.String({ minLength: 1, maxLength: limits.emojiLength }),
    on: Type.Boolean(),
  },
  strict,
);

const TypingFrame = Type.Object({ type: Type.Literal("typing"), isTyping: Type.Boolean() }, strict);
const PingFrame = Type.Object({ type: Type.Literal("ping") }, strict);

/** Every frame that a client may send, by `type`. A gateway takes the frames of this table and no others. */
export const clientFrames = {
  message: MessageFrame,
  edit: EditFrame,
  delete: DeleteFrame,
  regenerate: RegenerateFrame,
  stop: StopFrame,
  reaction: ReactionFrame,
  read_receipt: ReadReceiptFrame,
  typing: TypingFrame,
  ping: PingFrame,
} as const;

export type ClientFrameType = keyof typeof clientFrames;
type WithType<T extends ClientFrameType> = Omit<Static<(typeof clientFrames)[T]>, "type"> & {
  readonly type: T;
};
/** A checked frame; `type` is always there. */
export type ClientFrame = { [T in ClientFrameType]: WithType<T> }[ClientFrameType];
/** The frames that become an event of the log. */
export type IntentFrame = Exclude<ClientFrame, { type: "typing" | "ping" }>;

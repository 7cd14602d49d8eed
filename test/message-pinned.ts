/**
 * A made-up event type: a person pins a message. Here is all that natter needs to know of it, as edits of its source. A test
 * runs natter with these edits, and shows that each of them is needed.
 */
export interface Edit {
  /** Text that the file has once. */
  readonly at: string;
  /** What comes before that text. */
  readonly insert: string;
}

/** By file, from the root of the repository. */
export const pinEdits: Readonly<Record<string, readonly Edit[]>> = {
  "packages/protocol/src/frames/client-frames.ts": [
    { at: "  typing: TypingFrame,\n", insert: '  pin_message: target("pin_message"),\n' },
  ],
  "packages/protocol/src/frames/server-frames.ts": [
    {
      at: '  ai_start: event("ai_start", {',
      insert: '  message_pinned: event("message_pinned", { messageId: MessageId }),\n',
    },
    { at: "  deletedAt?: string;\n  reactions?", insert: "  pinnedAt?: string;\n" },
  ],
  "packages/protocol/src/events/event-places.ts": [
    {
      at: "  ai_start: nowhere,\n",
      insert: `  message_pinned: {
    kind: "register",
    content: [],
    target: messageIdOf,
    slot: () => [],
    changesText: false,
    deletesTarget: false,
    change(message, pin) {
      message.pinnedAt = pin.sentAt;
    },
  },
`,
    },
  ],
  "packages/protocol/src/events/event-table.ts": [
    {
      at: "  ai_start: {\n",
      insert: `  message_pinned: {
    body: ({ type, messageId }) => [type, messageId],
    target: ({ messageId }) => ({ id: messageId, needsText: true }),
    asks: none,
    withdraws: none,
    answers: none,
    isActivity: false,
    contentOf: none,
  },
`,
    },
  ],
  "services/gateway/src/sending/intent.ts": [
    {
      at: "  session_update: ({",
      insert:
        '  pin_message: ({ messageId }, head) => ({ ...opening("message_pinned", head), messageId }),\n',
    },
  ],
};

/** `text` with the edits of `path`. @throws Error if a file has the text of an edit not once */
export function withEdits(path: string, text: string): string {
  let edited = text;
  for (const { at, insert } of pinEdits[path] ?? []) {
    const parts = edited.split(at);
    if (parts.length !== 2) throw new Error(`${path} has ${parts.length - 1} times: ${at}`);
    edited = parts.join(insert + at);
  }
  return edited;
}

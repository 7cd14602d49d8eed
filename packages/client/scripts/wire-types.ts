import { clientFrames, durableFrames, serverFrames, Attachment, SessionPlace, User } from "@natter/protocol";

/** What of JSON Schema the protocol's schemas use. */
interface Schema {
  readonly type?: string;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly description?: string;
}

/**
 * The types of the frames as plain TypeScript. In the repository they are derived from the schemas, which are
 * TypeBox's; whoever installs the client has no TypeBox.
 */
export function wireTypes(): string {
  const clientTypes = Object.entries(clientFrames).map(([type, schema]) => {
    const frame = schema as Schema;
    // A checked frame has its type, which a client may leave out.
    const required = [...(frame.required ?? []), "type"];
    return `  ${type}: ${typeOf({ ...frame, required })};`;
  });
  const serverTypes = Object.entries(serverFrames).map(([type, schema]) => `  ${type}: ${typeOf(schema)};`);
  const durable = Object.keys(durableFrames).map((type) => JSON.stringify(type));
  const { finishReason, error } = (serverFrames.ai_complete as Schema).properties ?? {};
  return `/** Made from the schemas of the protocol. */
export type Attachment = ${typeOf(Attachment)};
export type User = ${typeOf(User)};
export type SessionPlace = ${typeOf(SessionPlace)};
export type FinishReason = ${typeOf(finishReason)};
export type ReplyErrorCode = ${typeOf(error?.properties?.["code"])};
interface ClientFrames {
${clientTypes.join("\n")}
}
export type ClientFrame = ClientFrames[keyof ClientFrames];
export type IntentFrame = Exclude<ClientFrame, { type: "typing" | "ping" }>;
interface ServerFrames {
${serverTypes.join("\n")}
}
export type ServerFrameType = keyof ServerFrames;
export type DurableType = ${durable.join(" | ")};
export type ServerFrameOf<T extends ServerFrameType> = ServerFrames[T];
export type ServerFrame = ServerFrames[ServerFrameType];
export type LogEvent = ServerFrames[DurableType];
export type LogEventOf<T extends DurableType> = ServerFrames[T];
export type PageMessage = (LogEventOf<"message"> | LogEventOf<"ai_complete">) & {
  editedAt?: string;
  deletedAt?: string;
  reactions?: Reaction[];
};
export interface Reaction {
  readonly emoji: string;
  /** Users who reacted. */
  readonly count: number;
  /** Ids of some of them; the reader's own is always among them. */
  readonly users: string[];
}
`;
}

function typeOf(schema: Schema | undefined): string {
  if (!schema) return "never";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `Array<${typeOf(schema.items)}>`;
    case "object": {
      const fields = Object.entries(schema.properties ?? {}).map(([name, field]) => {
        const mark = schema.required?.includes(name) === true ? "" : "?";
        const note = field.description === undefined ? "" : `/** ${field.description} */ `;
        return `${note}${name}${mark}: ${typeOf(field)}`;
      });
      return `{ ${fields.join("; ")} }`;
    }
    default:
      throw new Error(`no TypeScript for ${JSON.stringify(schema)}`);
  }
}

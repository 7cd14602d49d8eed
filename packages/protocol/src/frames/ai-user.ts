import type { User } from "./server-frames.ts";

/** The user of what the model does. Apart from the schemas, which clients of the wire do not load. */
export const aiUser: User = { id: "ai", name: "AI" };

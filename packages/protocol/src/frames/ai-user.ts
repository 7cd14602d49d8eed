import type { User } from "./server-frames.ts";

/** The user of the events that the model causes. In a file without schemas, because pages load it. */
export const aiUser: User = { id: "ai", name: "AI" };

import type { FastifySchema } from "fastify";

/** One address of the HTTP side: what a request may hold, and every answer that it can get. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly url: string;
  readonly schema: FastifySchema & { readonly summary: string; readonly response: object };
}

import type { FastifyReply, FastifyRequest } from "fastify";
import { Failure } from "../../failure.ts";
import type { Authenticator, Identity } from "../../identity/authenticator.ts";

/** Finds out who asks over HTTP, and gives a new guest the cookie. @throws Failure `unauthorized` or `bad_name` */
export type Identify = (request: FastifyRequest, reply: FastifyReply) => Promise<Identity>;

const readingMethods: ReadonlySet<string> = new Set(["GET", "HEAD"]);

export function createIdentify(authenticator: Authenticator): Identify {
  return async (request, reply) => {
    const identity = await authenticator.authenticate(request.raw);
    if (!identity) throw new Failure("unauthorized");
    // The gateway stores nothing under another name than the client asked for.
    if (identity.hasRefusedName && !readingMethods.has(request.method)) throw new Failure("bad_name");
    if (identity.setCookies.length > 0) void reply.header("set-cookie", identity.setCookies);
    return identity;
  };
}

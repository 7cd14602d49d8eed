import type { FastifyPluginCallbackTypebox } from "@fastify/type-provider-typebox";
import { checkClientFrame } from "@natter/protocol";
import type { Connection } from "@natter/session-log";
import { dispatchFrame, publishTyping } from "../../connections/frame-dispatch.ts";
import { TypingFlows } from "../../connections/typing-flow.ts";
import { Failure } from "../../failure.ts";
import type { Sender } from "../../sending/sender.ts";
import { sendFrame } from "../endpoints/session-endpoints.ts";
import type { Identify } from "./identify.ts";

export interface FrameRouteDeps {
  readonly identify: Identify;
  readonly sender: Sender;
  readonly connection: Connection;
}

/** The frames of a client that has no socket, one in each request. */
export const frameRoutes: FastifyPluginCallbackTypebox<FrameRouteDeps> = (server, deps, done) => {
  const { identify, sender, connection } = deps;
  const typing = new TypingFlows((author, isTyping) => publishTyping(connection, author, isTyping));
  server.route({
    ...sendFrame,
    handler: async (request, reply) => {
      const { id, name } = await identify(request, reply);
      const decoded = checkClientFrame(withKey(request.body, request.headers["idempotency-key"]));
      if (!decoded.ok) throw new Failure(decoded.code, decoded.message);
      const author = { sessionId: request.params.sessionId, user: { id, name } };
      const answer = await dispatchFrame(decoded.frame, {
        author,
        sender,
        setTyping: (isTyping) => typing.add(author, isTyping),
      });
      if (answer) return answer;
      void reply.code(204);
      return null;
    },
  });
  done();
};

function withKey(body: unknown, key: string | undefined): unknown {
  if (key === undefined || typeof body !== "object" || body === null || Array.isArray(body)) return body;
  const { id } = body as { id?: unknown };
  if (id !== undefined && id !== key) throw new Failure("bad_request", "Idempotency-Key and `id` differ");
  return { ...body, id: key };
}

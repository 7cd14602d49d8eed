import type { OutgoingHttpHeaders } from "node:http";
import type { FastifyPluginCallbackTypebox } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import type { Seats } from "../../admission/seats.ts";
import type { OpenConnections } from "../../connections/drain.ts";
import { SessionConnection, type ConnectionDeps } from "../../connections/session-connection.ts";
import { Failure } from "../../failure.ts";
import { EventStreamSink, type EventStreamDeps } from "../../sinks/event-stream-sink.ts";
import { readEvents } from "../endpoints/session-endpoints.ts";
import type { Identify } from "./identify.ts";

export interface EventRouteDeps extends ConnectionDeps, EventStreamDeps {
  readonly identify: Identify;
  readonly isDraining: () => boolean;
  /** The open streams, for a drain. */
  readonly streams: OpenConnections["streams"];
  readonly seats: Seats;
}

/** What a socket would get, as server-sent events. */
export const eventRoutes: FastifyPluginCallbackTypebox<EventRouteDeps> = (server, deps, done) => {
  const { identify, isDraining, streams, seats } = deps;
  server.route({
    ...readEvents,
    // It would join the session for an answer without a body.
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      // An answer can show an image of any address. Its reader must not join a session by that, under any name.
      if (!wantsEvents(request.headers.accept))
        throw new Failure("bad_request", "Events are asked for with Accept: text/event-stream");
      const identity = await identify(request, reply);
      if (isDraining()) throw new Failure("temporary", "The gateway is being stopped");
      // A pipelined request has no socket yet. Any number of streams would collect frames behind one answer.
      if (!reply.raw.socket)
        throw new Failure("bad_request", "An event stream needs a connection of its own");
      seats.take(reply.raw.socket);
      const { sessionId } = request.params;
      const sink = new EventStreamSink(reply.raw, headersOf(reply), deps);
      const connection = new SessionConnection(deps, { sessionId, identity, sink });
      streams.add(sink);
      reply.raw.on("close", () => {
        streams.delete(sink);
        connection.leave();
      });
      const joined = await connection
        .join(request.headers["last-event-id"] ?? request.query.since)
        .catch((error: unknown) => {
          throw new Failure("temporary", "The broker is away", { cause: error });
        });
      if (!joined) throw new Failure("temporary", "The session cannot be joined at this moment");
      reply.hijack();
      await connection.start(joined);
    },
  });
  done();
};

function wantsEvents(accept = ""): boolean {
  return accept
    .split(",")
    .some((range) => /^\s*text\/event-stream\s*(?:;(?!\s*q=0(?:\.0*)?\s*$).*)?$/i.test(range));
}

/** What was set for this answer already, for example the cookie of a new guest. */
function headersOf(reply: FastifyReply): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
}

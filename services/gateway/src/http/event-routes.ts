import type { OutgoingHttpHeaders } from "node:http";
import { encodeFrame, SessionId } from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import { connectionFrame } from "../sockets/connection-frame.ts";
import { EventStreamSink } from "../sinks/event-stream-sink.ts";
import { errorFrame, Failure } from "../failure.ts";
import type { Hub } from "../relay/hub.ts";
import type { Presence } from "../presence/presence.ts";
import type { Seats } from "../admission/seats.ts";
import type { Identify } from "./server.ts";
import type { SendQueues } from "../sinks/send-queues.ts";
import type { SlowReaders } from "../sinks/slow-readers.ts";
import { Subscriber } from "../relay/subscriber.ts";
import type { TypedServer } from "./typed-server.ts";

export interface EventRouteParts {
  readonly identify: Identify;
  readonly hub: Hub;
  readonly presence: Presence;
  readonly isDraining: () => boolean;
  readonly streams: Set<EventStreamSink>;
  readonly seats: Seats;
  readonly slowReaders: SlowReaders;
  readonly sendQueues: SendQueues;
  readonly logger: Logger;
}

/** `GET /api/sessions/<s>/events`: what a socket would see, as server-sent events. */
export function registerEventRoutes(server: TypedServer, parts: EventRouteParts): void {
  const { identify, hub, presence, isDraining, streams, seats, slowReaders, logger } = parts;
  server.get(
    "/api/sessions/:sessionId/events",
    {
      // It would join the session, and wait, to say nothing.
      exposeHeadRoute: false,
      schema: {
        summary: "The session's frames as server-sent events; `Last-Event-ID` or `since` is a cursor",
        params: Type.Object({ sessionId: SessionId }),
        querystring: Type.Object({ since: Type.Optional(Type.String({ maxLength: 64 })) }),
        headers: Type.Object({ "last-event-id": Type.Optional(Type.String({ maxLength: 64 })) }),
      },
    },
    async (request, reply) => {
      // An image in an answer must not take its reader into a session under any name.
      if (!wantsEvents(request.headers.accept))
        throw new Failure("bad_request", "Events are asked for with Accept: text/event-stream");
      const identity = await identify(request, reply);
      if (isDraining()) throw new Failure("temporary", "The gateway is being stopped");
      // Behind another answer nothing can be sent: any number of readers would collect frames on one connection.
      if (!reply.raw.socket)
        throw new Failure("bad_request", "An event stream needs a connection of its own");
      seats.take(reply.raw.socket);
      const { sessionId } = request.params;
      const user = { id: identity.id, name: identity.name };
      const sink = new EventStreamSink(reply.raw, parts);
      const subscriber = new Subscriber(sink, user);
      const leavePresence = presence.enter(sessionId, user);
      reply.raw.on("close", () => {
        leavePresence();
        streams.delete(sink);
        slowReaders.forget(sink);
        hub.leave(sessionId, subscriber);
      });
      const joined = await hub
        .join(sessionId, subscriber, request.headers["last-event-id"] ?? request.query.since)
        .catch((error: unknown) => {
          throw new Failure("temporary", "The broker is away", { cause: error });
        });
      if (sink.hasEnded) {
        hub.leave(sessionId, subscriber);
        throw new Failure("temporary", "The session cannot be joined at this moment");
      }
      reply.hijack();
      streams.add(sink);
      slowReaders.watch(sink);
      sink.open(headersOf(reply), joined.epoch);
      const here = presence.hereIn(sessionId, user);
      const connection = connectionFrame(sessionId, identity, { ...joined, ...here });
      sink.sendWithId(encodeFrame(connection), joined.cursor);
      if (identity.hasRefusedName) sink.send(encodeFrame(errorFrame(new Failure("bad_name"))), "other");
      await hub.catchUp(sessionId, subscriber, sink).catch((error: unknown) => {
        logger.warn({ err: error, sessionId }, "a reader could not be sent what it missed");
        sink.end("broker_away");
      });
    },
  );
}

function wantsEvents(accept = ""): boolean {
  return accept
    .split(",")
    .some((range) => /^\s*text\/event-stream\s*(?:;(?!\s*q=0(?:\.0*)?\s*$).*)?$/i.test(range));
}

/** What was set for this answer already, for example the cookie of a new guest. */
function headersOf(reply: FastifyReply): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
}

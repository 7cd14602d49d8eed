import type { OutgoingHttpHeaders } from "node:http";
import { encodeFrame, SessionId } from "@natter/protocol";
import type { FastifyReply } from "fastify";
import { Type } from "typebox";
import { connectionFrame } from "../connection-frame.ts";
import { EventStreamSink } from "../event-stream-sink.ts";
import { Failure } from "../failure.ts";
import { joinBufferBytes, type Hub } from "../hub.ts";
import type { Presence } from "../presence.ts";
import type { Identify } from "../server.ts";
import { Subscriber } from "../subscriber.ts";
import type { TypedServer } from "../typed-server.ts";

export interface EventRouteParts {
  readonly identify: Identify;
  readonly hub: Hub;
  readonly presence: Presence;
  readonly isDraining: () => boolean;
  readonly streams: Set<EventStreamSink>;
}

/** `GET /api/sessions/<s>/events`: what a socket would see, as server-sent events. */
export function registerEventRoutes(
  server: TypedServer,
  { identify, hub, presence, isDraining, streams }: EventRouteParts,
): void {
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
      const identity = await identify(request, reply);
      if (isDraining()) throw new Failure("temporary", "The gateway is being stopped");
      const { sessionId } = request.params;
      const sink = new EventStreamSink(reply.raw);
      const subscriber = new Subscriber(sink, joinBufferBytes);
      const user = { id: identity.id, name: identity.name };
      const leavePresence = presence.enter(sessionId, user);
      reply.raw.on("close", () => {
        leavePresence();
        streams.delete(sink);
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
      sink.open(headersOf(reply), joined.epoch);
      const here = presence.hereIn(sessionId, user);
      sink.sendWithId(
        encodeFrame(connectionFrame(sessionId, identity, { ...joined, ...here })),
        joined.cursor,
      );
      // The first frame can be as large as what a reader may owe.
      await sink.drained();
      for (const { frame, seq } of joined.replay) {
        sink.send(frame, "durable", seq);
        await sink.drained();
      }
      subscriber.goLive();
    },
  );
}

/** What was set for this answer already, for example the cookie of a new guest. */
function headersOf(reply: FastifyReply): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
}

import { encodeFrame, limits, SessionId, timings } from "@natter/protocol";
import type { SessionLog } from "@natter/broker";
import { Type } from "typebox";
import { EventStreamSink } from "../event-stream-sink.ts";
import { Failure } from "../failure.ts";
import { joinBufferBytes, type Hub } from "../hub.ts";
import type { Identify } from "../server.ts";
import { Subscriber } from "../subscriber.ts";
import type { TypedServer } from "../typed-server.ts";

export interface EventRouteParts {
  readonly identify: Identify;
  readonly hub: Hub;
  readonly log: SessionLog;
  readonly streams: Set<EventStreamSink>;
}

/** `GET /api/sessions/<s>/events`: what a socket would see, as server-sent events. */
export function registerEventRoutes(
  server: TypedServer,
  { identify, hub, log, streams }: EventRouteParts,
): void {
  server.get(
    "/api/sessions/:sessionId/events",
    {
      schema: {
        summary: "The session's frames as server-sent events; `Last-Event-ID` or `since` is a cursor",
        params: Type.Object({ sessionId: SessionId }),
        querystring: Type.Object({ since: Type.Optional(Type.String({ maxLength: 64 })) }),
        headers: Type.Object({ "last-event-id": Type.Optional(Type.String({ maxLength: 64 })) }),
      },
    },
    async (request, reply) => {
      const identity = await identify(request, reply);
      const { sessionId } = request.params;
      const sink = new EventStreamSink(reply.raw, log.epoch);
      const subscriber = new Subscriber(sink, joinBufferBytes);
      reply.raw.on("close", () => {
        streams.delete(sink);
        hub.leave(sessionId, subscriber);
      });
      const joined = await hub
        .join(sessionId, subscriber, request.headers["last-event-id"] ?? request.query.since)
        .catch((error: unknown) => {
          throw new Failure("temporary", "The broker is away", { cause: error });
        });
      if (request.raw.destroyed) return hub.leave(sessionId, subscriber);
      reply.hijack();
      streams.add(sink);
      reply.raw.writeHead(200, {
        ...Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)),
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      });
      const { cursor, recovered, replies, replay } = joined;
      const connection = encodeFrame({
        type: "connection",
        message: "connected",
        sessionId,
        user: { id: identity.id, name: identity.name },
        ...(identity.guestToken === undefined ? {} : { guestToken: identity.guestToken }),
        users: [{ id: identity.id, name: identity.name }],
        cursor,
        recovered,
        replies,
        limits: { frameBytes: limits.clientFrameBytes, pendingFrames: limits.pendingFrames },
        heartbeatMs: timings.heartbeatMs,
      });
      sink.sendWithId(connection, cursor);
      for (const { frame, seq } of replay) {
        sink.send(frame, "durable", seq);
        await sink.drained();
      }
      subscriber.goLive();
    },
  );
}

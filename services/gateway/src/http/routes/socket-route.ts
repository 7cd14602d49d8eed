import type { IncomingMessage } from "node:http";
import websocket from "@fastify/websocket";
import { encodeFrame, isSessionId, limits, subprotocols } from "@natter/protocol";
import type { FastifyInstance } from "fastify";
import type { Authenticator, Identity } from "../../identity/authenticator.ts";
import { ChatSocket, type ChatSocketDeps } from "../../connections/chat-socket.ts";
import type { OpenConnections } from "../../connections/drain.ts";
import type { SocketHeartbeat } from "../../connections/socket-heartbeat.ts";
import { errorFrame, Failure } from "../../failure.ts";
import type { Seats } from "../../admission/seats.ts";
import { SocketSink } from "../../sinks/websocket-sink.ts";
import type { ServerOptions } from "ws";

export interface SocketRouteDeps extends ChatSocketDeps {
  readonly authenticator: Authenticator;
  readonly heartbeat: SocketHeartbeat;
  readonly seats: Seats;
  /** The open sockets, for a drain. */
  readonly sockets: OpenConnections["sockets"];
  readonly isDraining: () => boolean;
}

interface Query {
  readonly since?: string;
}

const socketOptions: Pick<ServerOptions, "maxPayload" | "perMessageDeflate" | "handleProtocols"> & {
  maxFragments: number;
} = {
  maxPayload: limits.clientFrameBytes,
  maxFragments: limits.fragments,
  perMessageDeflate: false,
  // Without this the answer would name the first protocol that was offered, and that may be a token.
  handleProtocols: (offered) => (offered.has(subprotocols.version) ? subprotocols.version : false),
};

const socketPath = "/ws/chat/:sessionId";

/** `GET /ws/chat/<session>/`, with or without the last slash. */
export async function registerSocketRoute(server: FastifyInstance, deps: SocketRouteDeps): Promise<void> {
  const identities = new WeakMap<IncomingMessage, Identity>();
  await server.register(websocket, {
    options: socketOptions,
    // The drain has closed the sockets already. What is left is cut.
    preClose(done) {
      for (const socket of server.websocketServer.clients) socket.terminate();
      done();
    },
  });
  // The answer to an upgrade is written by ws, so fastify's own headers do not reach it.
  server.websocketServer.on("headers", (headers: string[], request) => {
    for (const cookie of identities.get(request)?.setCookies ?? []) headers.push(`Set-Cookie: ${cookie}`);
  });
  // Else the plugin opens a socket on any route, only to close it.
  server.addHook("onRequest", async ({ ws, routeOptions: { url } }) => {
    if (ws && url !== undefined && url !== socketPath)
      throw new Failure("bad_request", "There is no WebSocket here");
  });
  server.get<{ Params: { sessionId: string }; Querystring: Query }>(
    socketPath,
    {
      websocket: true,
      schema: { hide: true },
      preValidation: async (request) => {
        if (deps.isDraining()) throw new Failure("temporary", "The gateway is being stopped");
        const identity = await deps.authenticator.authenticate(request.raw);
        if (identity) identities.set(request.raw, identity);
        deps.seats.take(request.raw.socket);
      },
    },
    (webSocket, request) => {
      webSocket.on("error", (error) => deps.logger.debug({ err: error }, "socket failed"));
      const sink = new SocketSink(webSocket, request.raw.socket, deps.slowConsumers);
      const { sessionId } = request.params;
      const identity = identities.get(request.raw);
      if (!identity) {
        sink.send(encodeFrame(errorFrame(new Failure("unauthorized"))), "other");
        return sink.end("unauthorized");
      }
      if (!isSessionId(sessionId)) {
        sink.send(encodeFrame(errorFrame(new Failure("bad_session"))), "other");
        return sink.end("bad_session");
      }
      const socket = new ChatSocket(deps, { webSocket, sink, sessionId, identity });
      deps.sockets.add(socket);
      webSocket.on("close", () => deps.sockets.delete(socket));
      deps.heartbeat.watch(webSocket, sink);
      void socket.open(typeof request.query.since === "string" ? request.query.since : undefined);
    },
  );
}

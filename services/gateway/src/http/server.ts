import swagger from "@fastify/swagger";
import { limits } from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import Fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from "fastify";
import type { Doorkeeper } from "../admission/doorkeeper.ts";
import { Failure } from "../failure.ts";
import type { Authenticator } from "../identity/authenticator.ts";
import { openapiOptions } from "./openapi.ts";
import { createErrorHandler, sendProblem } from "./problem.ts";
import { eventRoutes, type EventRouteDeps } from "./routes/event-routes.ts";
import { frameRoutes, type FrameRouteDeps } from "./routes/frame-routes.ts";
import { createIdentify } from "./routes/identify.ts";
import { listRoutes, type ListRouteDeps } from "./routes/list-routes.ts";
import { operationRoutes, type OperationRouteDeps } from "./routes/operation-routes.ts";
import { pageRoutes, type PageRouteDeps } from "./routes/page-routes.ts";
import { sessionRoutes, type SessionRouteDeps } from "./routes/session-routes.ts";
import { registerSocketRoute, type SocketRouteDeps } from "./routes/socket-route.ts";

type RouteDeps = EventRouteDeps &
  FrameRouteDeps &
  ListRouteDeps &
  OperationRouteDeps &
  PageRouteDeps &
  SessionRouteDeps;

export type ServerDeps = SocketRouteDeps &
  Omit<RouteDeps, "identify"> & {
    readonly logger: Logger;
    readonly authenticator: Authenticator;
    readonly doorkeeper: Doorkeeper;
  };

const requestTimeoutMs = 30_000;

/** Of every answer; the page overrides some. An answer belongs to one person, and to no page of another site. */
const answerHeaders = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
} as const;

/** A supervisor requests these by the address of the process alone, so any `Host` is allowed. The answers say nothing about people. */
const openToAll: ReadonlySet<string | undefined> = new Set(["/livez", "/readyz"]);

/** The HTTP side of the gateway: plugins, hooks, then routes. */
export async function createServer(deps: ServerDeps): Promise<FastifyInstance> {
  const server = bareServer(deps.logger);
  await server.register(swagger, openapiOptions);
  await registerSocketRoute(server, deps);
  // After the hook of the WebSockets, which otherwise leaves the connection of a refused upgrade open.
  server.addHook("onRequest", async ({ raw, routeOptions: { url } }, reply) => {
    void reply.headers(answerHeaders);
    if (!openToAll.has(url)) deps.doorkeeper.check(raw, url ?? "");
  });
  const routeDeps: RouteDeps = { ...deps, identify: createIdentify(deps.authenticator) };
  await server.register(listRoutes, routeDeps);
  await server.register(sessionRoutes, routeDeps);
  await server.register(frameRoutes, routeDeps);
  await server.register(eventRoutes, routeDeps);
  await server.register(operationRoutes, routeDeps);
  await server.register(pageRoutes, routeDeps);
  return server;
}

/** A server without routes. Every error of it is a problem document. */
function bareServer(logger: FastifyBaseLogger): FastifyInstance {
  const server = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.clientFrameBytes,
    requestTimeout: requestTimeoutMs,
    // At a stop the server finishes the requests that it is answering, and it closes all other connections at once.
    forceCloseConnections: "idle",
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    // A request whose target is no valid path: no hook sees it.
    frameworkErrors: (error, _request, reply) =>
      sendProblem(reply.headers(answerHeaders), new Failure("bad_request", error.message)),
    // Unknown fields are refused, and no value is converted to another type.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  // Response schemas describe the answers, and tests check them. A serializer made of them would drop unknown fields.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  server.setErrorHandler(createErrorHandler(logger));
  server.setNotFoundHandler((_request, reply) => sendProblem(reply, new Failure("not_found")));
  return server;
}

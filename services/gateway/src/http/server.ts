import swagger from "@fastify/swagger";
import type { Logger } from "@natter/runtime";
import { limits } from "@natter/protocol";
import Fastify, { LogController } from "fastify";
import type { Authenticator } from "../identity/authenticator.ts";
import type { Doorkeeper } from "../admission/doorkeeper.ts";
import { Failure } from "../failure.ts";
import { createErrorHandler, sendProblem } from "./problem.ts";
import { createIdentify } from "./routes/identify.ts";
import { registerEventRoutes, type EventRouteDeps } from "./routes/event-routes.ts";
import { registerListRoutes } from "./routes/list-routes.ts";
import { registerOperationRoutes, type OperationRouteDeps } from "./routes/operation-routes.ts";
import { registerPageRoutes, type PageRouteDeps } from "./routes/page-routes.ts";
import { registerSessionRoutes, type SessionRouteDeps } from "./routes/session-routes.ts";
import { registerSocketRoute, type SocketRouteDeps } from "./routes/socket-route.ts";
import type { TypedServer } from "./typed-server.ts";

export type ServerDeps = SocketRouteDeps &
  Omit<EventRouteDeps & OperationRouteDeps & PageRouteDeps & SessionRouteDeps, "identify"> & {
    readonly logger: Logger;
    readonly authenticator: Authenticator;
    readonly doorkeeper: Doorkeeper;
  };

const requestTimeoutMs = 30_000;

/** Of every answer; a page says something else of itself. What is asked for here belongs to one person, and to no other page. */
const answerHeaders = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
} as const;

/** Whoever watches over the process knows it by its bare address, and learns nothing else here. */
const openToAll: ReadonlySet<string | undefined> = new Set(["/livez", "/readyz"]);

/** The HTTP side of the gateway: plugins, then routes, in the order of writing. */
export async function createServer(deps: ServerDeps): Promise<TypedServer> {
  const server = Fastify({
    loggerInstance: deps.logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.clientFrameBytes,
    requestTimeout: requestTimeoutMs,
    // A request that is being answered is answered; one that is not has nothing to wait for.
    forceCloseConnections: "idle",
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 256 },
    // An address that is none: no hook sees such a request.
    frameworkErrors: (error, _request, reply) =>
      sendProblem(reply.headers(answerHeaders), new Failure("bad_request", error.message)),
    // Unknown fields are refused, and nothing is turned into what it is not.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  }) as unknown as TypedServer;
  // Response schemas describe; they must not drop a field that a later version adds.
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  server.setErrorHandler(createErrorHandler(deps.logger));
  server.setNotFoundHandler((_request, reply) => sendProblem(reply, new Failure("not_found")));
  const identify = createIdentify(deps.authenticator);
  await server.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "natter", version: "0.1.0" } },
  });
  await registerSocketRoute(server, deps);
  // After the hook of the WebSockets, which otherwise leaves the connection of a refused upgrade open.
  server.addHook("onRequest", async ({ raw, routeOptions: { url } }, reply) => {
    void reply.headers(answerHeaders);
    if (!openToAll.has(url)) deps.doorkeeper.check(raw, url ?? "");
  });
  registerListRoutes(server, { ...deps, identify });
  registerSessionRoutes(server, { ...deps, identify });
  registerEventRoutes(server, { ...deps, identify });
  registerOperationRoutes(server, deps);
  await registerPageRoutes(server, { ...deps, identify });
  return server;
}

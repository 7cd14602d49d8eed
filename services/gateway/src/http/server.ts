import swagger from "@fastify/swagger";
import type { Logger } from "@natter/runtime";
import { limits } from "@natter/protocol";
import Fastify, { LogController, type FastifyReply, type FastifyRequest } from "fastify";
import type { Authenticator, Identity } from "../identity/authenticator.ts";
import type { Doorkeeper } from "../admission/doorkeeper.ts";
import { Failure } from "../failure.ts";
import { createErrorHandler, sendProblem } from "./problem.ts";
import { registerEventRoutes, type EventRouteParts } from "./event-routes.ts";
import { registerListRoutes } from "./list-routes.ts";
import { registerOperationRoutes, type OperationRouteParts } from "./operation-routes.ts";
import { registerPageRoutes, type PageRouteParts } from "./page-routes.ts";
import { registerSessionRoutes, type SessionRouteParts } from "./session-routes.ts";
import { registerSocketRoute, type SocketRouteParts } from "./socket-route.ts";
import type { TypedServer } from "./typed-server.ts";

/** Finds out who asks over HTTP, and gives a new guest the cookie. @throws Failure `unauthorized` or `bad_name` */
export type Identify = (request: FastifyRequest, reply: FastifyReply) => Promise<Identity>;

export type ServerParts = SocketRouteParts &
  Omit<EventRouteParts & OperationRouteParts & PageRouteParts & SessionRouteParts, "identify"> & {
    readonly logger: Logger;
    readonly authenticator: Authenticator;
    readonly doorkeeper: Doorkeeper;
  };

const readingMethods: ReadonlySet<string> = new Set(["GET", "HEAD"]);
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
export async function createServer(parts: ServerParts): Promise<TypedServer> {
  const server = Fastify({
    loggerInstance: parts.logger,
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
  server.setErrorHandler(createErrorHandler(parts.logger));
  server.setNotFoundHandler((_request, reply) => sendProblem(reply, new Failure("not_found")));
  const identify: Identify = async (request, reply) => {
    const identity = await parts.authenticator.authenticate(request.raw);
    if (!identity) throw new Failure("unauthorized");
    // Nothing is stored under another name than the one that was asked for.
    if (identity.hasRefusedName && !readingMethods.has(request.method)) throw new Failure("bad_name");
    if (identity.setCookies.length > 0) void reply.header("set-cookie", identity.setCookies);
    return identity;
  };
  await server.register(swagger, {
    openapi: { openapi: "3.1.0", info: { title: "natter", version: "0.1.0" } },
  });
  await registerSocketRoute(server, parts);
  // After the hook of the WebSockets, which otherwise leaves the connection of a refused upgrade open.
  server.addHook("onRequest", async ({ raw, routeOptions: { url } }, reply) => {
    void reply.headers(answerHeaders);
    if (!openToAll.has(url)) parts.doorkeeper.check(raw, url ?? "");
  });
  registerListRoutes(server, { ...parts, identify });
  registerSessionRoutes(server, { ...parts, identify });
  registerEventRoutes(server, { ...parts, identify });
  registerOperationRoutes(server, parts);
  await registerPageRoutes(server, { ...parts, identify });
  return server;
}

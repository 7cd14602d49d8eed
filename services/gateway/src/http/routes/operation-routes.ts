import type { FastifyPluginCallbackTypebox } from "@fastify/type-provider-typebox";
import type { Connection, SessionLog } from "@natter/session-log";
import type { Static } from "typebox";
import type { NotReady } from "../endpoints/answers.ts";
import { checkLiveness, checkReadiness } from "../endpoints/operation-endpoints.ts";

export interface OperationRouteDeps {
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly isDraining: () => boolean;
}

/** Health, and the description of the HTTP side. */
export const operationRoutes: FastifyPluginCallbackTypebox<OperationRouteDeps> = (server, deps, done) => {
  const reasonOf = (): Static<typeof NotReady>["reason"] | undefined => {
    if (deps.isDraining()) return "draining";
    if (!deps.connection.connected) return "broker away";
    return deps.log.isFull ? "full" : undefined;
  };
  server.route({ ...checkLiveness, handler: () => ({ status: "live" as const }) });
  server.route({
    ...checkReadiness,
    handler: (_request, reply) => {
      const reason = reasonOf();
      if (reason === undefined) return { status: "ready" as const };
      void reply.code(503);
      return { status: "not ready" as const, reason };
    },
  });
  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
  done();
};

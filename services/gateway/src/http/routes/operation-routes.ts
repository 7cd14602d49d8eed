import type { Connection, SessionLog } from "@natter/session-log";
import type { TypedServer } from "../typed-server.ts";

export interface OperationRouteDeps {
  readonly connection: Connection;
  readonly log: SessionLog;
  readonly isDraining: () => boolean;
}

/** `full`: the log refused an event within the last 30 s, because it or its disk has no room. */
type NotReady = "draining" | "broker away" | "full";

/** Health, and the description of the HTTP side. */
export function registerOperationRoutes(server: TypedServer, deps: OperationRouteDeps): void {
  const { connection, log, isDraining } = deps;
  const reasonOf = (): NotReady | undefined => {
    if (isDraining()) return "draining";
    if (!connection.connected) return "broker away";
    return log.isFull ? "full" : undefined;
  };
  server.get("/livez", { schema: { summary: "The process lives" } }, () => ({ status: "live" }));
  server.get("/readyz", { schema: { summary: "New sockets may come here" } }, (_request, reply) => {
    const reason = reasonOf();
    if (reason === undefined) return reply.send({ status: "ready" });
    return reply.code(503).send({ status: "not ready", reason });
  });
  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
}

import type { Connection } from "@natter/broker";
import type { TypedServer } from "../typed-server.ts";

export interface OperationRouteParts {
  readonly connection: Connection;
  readonly isDraining: () => boolean;
}

/** Health, and the description of the HTTP side. */
export function registerOperationRoutes(server: TypedServer, parts: OperationRouteParts): void {
  const { connection, isDraining } = parts;
  server.get("/livez", { schema: { summary: "The process lives" } }, () => ({ status: "live" }));
  server.get("/readyz", { schema: { summary: "New sockets may come here" } }, (_request, reply) => {
    const ready = connection.connected && !isDraining();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready" });
  });
  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
}

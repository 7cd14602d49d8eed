import { readFile } from "node:fs/promises";
import type { Connection } from "@natter/broker";
import type { Identify } from "../server.ts";
import type { TypedServer } from "../typed-server.ts";

const pageUrl = new URL("../../../../apps/web/index.html", import.meta.url);

export interface OperationRouteParts {
  readonly identify: Identify;
  readonly connection: Connection;
  readonly isDraining: () => boolean;
}

/** Health, the description of the HTTP side, and the page. */
export async function registerOperationRoutes(
  server: TypedServer,
  parts: OperationRouteParts,
): Promise<void> {
  const { identify, connection, isDraining } = parts;
  const page = await readFile(pageUrl, "utf8");
  server.get("/livez", { schema: { summary: "The process lives" } }, () => ({ status: "live" }));
  server.get("/readyz", { schema: { summary: "New sockets may come here" } }, (_request, reply) => {
    const ready = connection.connected && !isDraining();
    return reply.code(ready ? 200 : 503).send({ status: ready ? "ready" : "not ready" });
  });
  server.get("/openapi.json", { schema: { hide: true } }, () => server.swagger());
  server.get("/", { schema: { hide: true } }, async (request, reply) => {
    await identify(request, reply);
    return reply.type("text/html; charset=utf-8").send(page);
  });
}

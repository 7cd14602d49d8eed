import { createServer } from "node:http";
import { readEnvironment } from "./settings/environment.ts";
import { ofItsHealth, roleSettings, type Role } from "./settings/role-settings.ts";

/** Answers `/livez` and `/readyz` of a process that serves nobody else. */
export interface HealthServer {
  close(): void;
}

/**
 * Listens on `NATTER_HEALTH_PORT`. `undefined`: it is not set, or processes of this role have none.
 *
 * @param notReady why nothing may be asked of this process now, in words; `undefined`: it is ready
 * @throws EnvironmentError, or the error of a port that is taken
 */
export async function openHealthServer(
  role: Role,
  variables: Readonly<Record<string, string | undefined>>,
  notReady: () => string | undefined,
): Promise<HealthServer | undefined> {
  if (!roleSettings[role].some((name) => name === "NATTER_HEALTH_PORT")) return undefined;
  const { NATTER_HEALTH_PORT: port, NATTER_HOST: host } = readEnvironment(ofItsHealth, variables);
  if (port === undefined) return undefined;
  const server = createServer((request, response) => {
    const answer = answerTo(request.url, notReady);
    response.writeHead(answer.code, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, host, resolve));
  return {
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The same shapes as those of the gateway. */
function answerTo(
  url: string | undefined,
  notReady: () => string | undefined,
): { code: number; body: object } {
  if (url === "/livez") return { code: 200, body: { status: "live" } };
  if (url !== "/readyz") return { code: 404, body: { status: "not found" } };
  const reason = notReady();
  return reason === undefined
    ? { code: 200, body: { status: "ready" } }
    : { code: 503, body: { status: "not ready", reason } };
}

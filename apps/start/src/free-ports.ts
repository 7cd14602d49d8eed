import { portProblem } from "@natter/nats-server";
import type { Options } from "./options.ts";
import { StartFailure } from "./start-failure.ts";

/** @throws StartFailure if a gateway cannot listen on its port */
export async function refuseTakenPorts({ port, host, gateways }: Options): Promise<void> {
  // Each gateway takes a free port of its own if `port` is 0.
  for (let index = 0; index < (port === 0 ? 1 : gateways); index++) await refuseTakenPort(port + index, host);
}

/** @throws StartFailure */
export async function refuseTakenPort(port: number, host: string): Promise<void> {
  const problem = await portProblem(port, host);
  if (problem === "EADDRINUSE") throw new StartFailure(`port ${port} is taken: set PORT to a free one`);
  if (problem !== undefined)
    throw new StartFailure(
      `nobody can listen on port ${port} of ${host} (${problem}): set PORT or NATTER_HOST`,
    );
}

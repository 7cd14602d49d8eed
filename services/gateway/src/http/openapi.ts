import { createServer, type ServerDeps } from "./server.ts";

/** The OpenAPI description of the HTTP side. It needs the routes and none of what they use. */
export async function describeHttp(): Promise<object> {
  const server = await createServer({} as ServerDeps);
  await server.ready();
  const description = server.swagger();
  await server.close();
  return description;
}

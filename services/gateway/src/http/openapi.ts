import swagger, { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import Fastify from "fastify";
import { api } from "./endpoints/api.ts";

export const openapiOptions: FastifyDynamicSwaggerOptions = {
  openapi: { openapi: "3.1.0", info: { title: "natter", version: "0.1.0" } },
};

/** The OpenAPI description of the HTTP side. */
export async function describeHttp(): Promise<object> {
  const server = Fastify();
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await server.register(swagger, openapiOptions);
  for (const endpoint of api) server.route({ ...endpoint, handler: () => undefined });
  await server.ready();
  return server.swagger();
}

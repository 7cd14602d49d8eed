import swagger, { type FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import Fastify from "fastify";
import { api } from "./endpoints/api.ts";
import { Problem, problemType } from "./endpoints/problems.ts";

export const openapiOptions: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: "3.1.0",
    info: { title: "natter", version: "0.1.0" },
    // The plugin's type is that of OpenAPI 3.0, where an enum has only texts.
    components: { schemas: { Problem: Problem as object } },
  },
  transformObject: (document) =>
    "openapiObject" in document ? withSharedProblem(document.openapiObject) : {},
};

/**
 * Puts a reference in the place of each problem schema, because all of them differ in their codes alone. OpenAPI 3.1 allows other
 * keywords beside a `$ref`.
 */
function withSharedProblem<T>(description: T): T {
  return JSON.parse(JSON.stringify(description), (key, value: unknown) =>
    key === problemType ? { schema: referenceOf(value as ProblemMedia) } : value,
  ) as T;
}

interface ProblemMedia {
  readonly schema: { readonly properties: { readonly code: object } };
}

function referenceOf({ schema: { properties } }: ProblemMedia): object {
  return { $ref: "#/components/schemas/Problem", properties: { code: properties.code } };
}

/** The OpenAPI description of the HTTP side. */
export async function describeHttp(): Promise<object> {
  const server = Fastify();
  server.setSerializerCompiler(() => (data) => JSON.stringify(data));
  await server.register(swagger, openapiOptions);
  for (const endpoint of api) server.route({ ...endpoint, handler: () => undefined });
  await server.ready();
  return server.swagger();
}

import { Compile } from "typebox/schema";
import { describeHttp } from "../../src/http/openapi.ts";

export interface HttpAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Without its parameters. */
  readonly contentType: string;
  /** Parsed if it is JSON. */
  readonly body: unknown;
}

interface Media {
  readonly schema: object;
}

interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

interface Description {
  readonly components: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const description = JSON.parse(JSON.stringify(await describeHttp())) as Description;
/** The references of a schema begin at its root. */
const components = closed(description.components);
const routes = Object.entries(description.paths).map(([path, operations]) => ({
  shape: new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}/?$`),
  operations,
}));

/** What the HTTP description does not say of an answer: its status, its type, a field. Empty for unknown addresses. */
export function undescribed({ method, path, status, contentType, body }: HttpAnswer): string[] {
  const { pathname } = new URL(path, "http://localhost");
  const route = routes.find(({ shape }) => shape.test(pathname));
  const operation = route?.operations[method.toLowerCase()];
  if (!operation) return [];
  const response = operation.responses[status];
  if (!response) return [`${method} ${pathname} has no response ${status}: ${JSON.stringify(body)}`];
  if (!response.content) return body === "" ? [] : [`${method} ${pathname} ${status} has no body`];
  const media = response.content[contentType];
  if (!media) return [`${method} ${pathname} ${status} has no content ${contentType}`];
  const [isValid, errors] = Compile({ ...closed(media.schema), components }).Errors(body);
  return isValid
    ? []
    : [`${method} ${pathname} ${status}: ${JSON.stringify(errors)} in ${JSON.stringify(body)}`];
}

/** @throws Error if the HTTP description has no such answer */
export function requireDescribed(answer: HttpAnswer): void {
  const faults = undescribed(answer);
  if (faults.length > 0) throw new Error(faults.join("\n"));
}

/**
 * The schema, without permission for fields that it does not name. Clients must take unknown fields; a test must not. Beside a
 * reference, the schema that it names lists the fields.
 */
function closed(schema: object): object {
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closedValue(value)]));
  return "properties" in schema && !("$ref" in schema) ? { ...inner, additionalProperties: false } : inner;
}

function closedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closedValue);
  return typeof value === "object" && value !== null ? closed(value) : value;
}

import { stringify } from "yaml";
import { nameOf, withoutNameSuffixes, type KubernetesObject } from "../kubernetes/objects.ts";
import { linesOf, type Opening } from "./opening.ts";
import { openings } from "./openings.ts";

/** Objects that exist only if a value is true. The others are always there. */
const conditions: readonly { readonly objects: RegExp; readonly value: string }[] = [
  { objects: /^NetworkPolicy\//, value: ".Values.networkPolicies.enabled" },
  { objects: /^HorizontalPodAutoscaler\//, value: ".Values.gatewayHpa.enabled" },
  { objects: /^ScaledObject\//, value: ".Values.keda.enabled" },
  { objects: /^HTTPRoute\//, value: ".Values.gatewayApi.enabled" },
  { objects: /^Ingress\//, value: ".Values.ingress.enabled" },
  { objects: /\/demo-model$/, value: ".Values.demoModel.enabled" },
  { objects: /\/mongo$/, value: ".Values.mongo.enabled" },
  { objects: /\/nats$/, value: ".Values.nats.enabled" },
];

const header = "# Made from k8s/base and k8s/components by `npx -y pnpm k8s:render`. Change those.\n";

/** The files of the chart's folder `templates`, by their names. */
export function makeTemplates(objects: readonly KubernetesObject[]): Map<string, string> {
  const plain = withoutNameSuffixes(objects).filter(({ kind }) => kind !== "Namespace");
  const names = new Set(plain.map(nameOf));
  const lost = openings.find(({ object }) => !names.has(object));
  if (lost) throw new Error(`the chart takes a value for ${lost.object}, which is not there`);
  const files = Map.groupBy(
    plain,
    ({ metadata }) => `${metadata.name.replace(/^natter-/, "settings-")}.yaml`,
  );
  return new Map([...files].map(([file, own]) => [file, header + own.map(templateOf).join("")]));
}

function templateOf(object: KubernetesObject): string {
  const name = nameOf(object);
  const own = openings.filter((opening) => opening.object === name);
  const { namespace: _, ...metadata } = object.metadata;
  const open = structuredClone({ ...object, metadata }) as Record<string, unknown>;
  own.forEach(({ path }, index) => put(open, path.split("."), tokenOf(index)));
  const lines = stringify(namesFirst(open), { lineWidth: 0 }).trimEnd().split("\n");
  const text = lines.flatMap((line) => fill(line, own)).join("\n");
  const condition = conditions.find(({ objects }) => objects.test(name))?.value;
  return condition === undefined ? `---\n${text}\n` : `{{- if ${condition} }}\n---\n${text}\n{{- end }}\n`;
}

/** The first field of an item stands behind the item's dash, so it must not be one that a value can leave out. */
function namesFirst(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(namesFirst);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, namesFirst(inner)]);
  return Object.fromEntries([
    ...entries.filter(([key]) => key === "name"),
    ...entries.filter(([key]) => key !== "name"),
  ]);
}

/** No value of an object looks like this. */
const tokenOf = (index: number): string => `OPENING-${index}-`;

function fill(line: string, own: readonly Opening[]): string[] {
  const index = own.findIndex((_, at) => line.includes(tokenOf(at)));
  const opening = own[index];
  return opening ? linesOf(line, tokenOf(index), opening.put) : [line];
}

/** Sets a field, and makes what is missing on the way to it. */
function put(parent: Record<string, unknown>, [key = "", ...rest]: readonly string[], value: string): void {
  if (rest.length === 0) {
    parent[key] = value;
    return;
  }
  parent[key] ??= {};
  put(parent[key] as Record<string, unknown>, rest, value);
}

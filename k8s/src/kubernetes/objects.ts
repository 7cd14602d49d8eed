import { parseAllDocuments } from "yaml";

/** An object of the Kubernetes API. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** @throws a syntax error of YAML */
export function readObjects(yaml: string): KubernetesObject[] {
  return parseAllDocuments(yaml)
    .map((document) => {
      if (document.errors[0]) throw document.errors[0];
      return document.toJS() as KubernetesObject | null;
    })
    .filter((object) => object !== null);
}

/** `Deployment/gateway` */
export function nameOf(object: KubernetesObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

/** What Kustomize appends to the name of a ConfigMap that it makes. */
const suffix = /-[bcdfghkmt2456789]{10}$/;

/** The objects with the names of their ConfigMaps as they are written in the sources. */
export function withoutNameSuffixes(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const names = objects
    .filter(({ kind, metadata }) => kind === "ConfigMap" && suffix.test(metadata.name))
    .map(({ metadata }) => metadata.name);
  const text = JSON.stringify(objects);
  return JSON.parse(
    names.reduce((all, name) => all.replaceAll(`"${name}"`, `"${name.replace(suffix, "")}"`), text),
  ) as KubernetesObject[];
}

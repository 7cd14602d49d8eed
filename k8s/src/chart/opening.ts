/** A place of an object where the chart takes a value. */
export interface Opening {
  /** `Deployment/gateway` */
  readonly object: string;
  /** Names and indexes with dots between them. A field that is missing is added. */
  readonly path: string;
  readonly put: Put;
}

/** What stands in the chart instead of a field's value. */
export interface Put {
  /** A scalar with its quotes. */
  readonly text?: string;
  /** A value that is a map or a list: `.Values.gateway.resources`. */
  readonly block?: string;
  /** A map whose values are text, such as the data of a ConfigMap. */
  readonly variables?: string;
  /** The field is left out unless this is so. */
  readonly when?: string;
}

const values = (path: string): string => `.Values.${path}`;

/** `{{ .Values.gateway.replicas }}` */
export const scalar = (path: string): Put => ({ text: `{{ ${values(path)} }}` });
export const quoted = (path: string): Put => ({ text: `{{ ${values(path)} | quote }}` });
export const block = (path: string): Put => ({ block: values(path) });
export const optional = (path: string, put: Put): Put => ({ ...put, when: values(path) });

/** The lines of a field, where its name stands with a token as its value. */
export function linesOf(line: string, token: string, put: Put): string[] {
  if (put.when !== undefined && line.trimStart().startsWith("-"))
    throw new Error(`a value cannot leave out the first field of an item: ${line.trim()}`);
  const lines = contentOf(line, token, put);
  return put.when === undefined ? lines : [`{{- if ${put.when} }}`, ...lines, "{{- end }}"];
}

function contentOf(line: string, token: string, { text, block: map, variables }: Put): string[] {
  if (text !== undefined) return [line.replace(token, text)];
  const key = line.slice(0, line.indexOf(token)).trimEnd();
  const indent = /^[ -]*/.exec(line)?.[0].length ?? 0;
  const inner = " ".repeat(indent + 2);
  if (map !== undefined) return [key, `${inner}{{- toYaml ${map} | nindent ${indent + 2} }}`];
  return [
    key,
    `${inner}{{- range $name, $value := ${variables} }}`,
    `${inner}{{ $name }}: {{ $value | quote }}`,
    `${inner}{{- end }}`,
  ];
}

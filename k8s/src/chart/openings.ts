/** Where the chart takes its values. */
import { block, optional, quoted, scalar, type Opening, type Put } from "./opening.ts";

const pod = "spec.template.spec";
const container = `${pod}.containers.0`;

/** The image of a part, from your registry. */
const ownImage = (name: string): Put => ({
  text: `"{{ with .Values.image.registry }}{{ . }}/{{ end }}natter-${name}:{{ .Values.image.tag | default .Chart.AppVersion }}"`,
});

/** Pods are replaced when a setting changes that they read. */
const sumOf = (...settings: readonly string[]): Put => ({
  text: `{{ toJson (list ${settings.map((name) => `.Values.settings.${name}`).join(" ")}) | sha256sum }}`,
});

interface Service {
  readonly name: string;
  readonly key: string;
  readonly settings: readonly string[];
  /** The secrets, in the order of `env`. */
  readonly secrets: Readonly<Record<number, string>>;
  /** What owns the number of pods instead, if it is on. */
  readonly scaler?: string;
}

const services: readonly Service[] = [
  {
    name: "gateway",
    key: "gateway",
    settings: ["log", "models", "gateway"],
    secrets: { 3: "broker", 4: "logKey" },
    scaler: "gatewayHpa",
  },
  {
    name: "persistence",
    key: "persistence",
    settings: ["log"],
    secrets: { 3: "broker", 4: "logKey", 5: "store" },
  },
  {
    name: "llm-worker",
    key: "llmWorker",
    settings: ["log", "models", "llmWorker"],
    secrets: { 3: "broker", 4: "logKey", 5: "model", 6: "model" },
    scaler: "keda",
  },
];

function openingsOf({ name, key, settings, secrets, scaler }: Service): Opening[] {
  const object = `Deployment/${name}`;
  const replicas = scalar(`${key}.replicas`);
  return [
    {
      object,
      path: "spec.replicas",
      put: scaler === undefined ? replicas : { ...replicas, when: `not .Values.${scaler}.enabled` },
    },
    { object, path: "spec.template.metadata.annotations.checksum/settings", put: sumOf(...settings) },
    { object, path: `${pod}.imagePullSecrets`, put: optional("imagePullSecrets", block("imagePullSecrets")) },
    { object, path: `${container}.image`, put: ownImage(name) },
    { object, path: `${container}.resources`, put: block(`${key}.resources`) },
    ...Object.entries(secrets).map(([index, secret]) => ({
      object,
      path: `${container}.env.${index}.valueFrom.secretKeyRef.name`,
      put: scalar(`secrets.${secret}`),
    })),
  ];
}

const settings: readonly Opening[] = [
  { object: "ConfigMap/natter-log", path: "data", put: { variables: ".Values.settings.log" } },
  { object: "ConfigMap/natter-models", path: "data", put: { variables: ".Values.settings.models" } },
  { object: "ConfigMap/natter-gateway", path: "data", put: { variables: ".Values.settings.gateway" } },
  { object: "ConfigMap/natter-llm-worker", path: "data", put: { variables: ".Values.settings.llmWorker" } },
];

const gateway: readonly Opening[] = [
  {
    object: "Service/gateway",
    path: "spec.type",
    put: optional("gateway.nodePort", { text: "NodePort" }),
  },
  {
    object: "Service/gateway",
    path: "spec.ports.0.nodePort",
    put: optional("gateway.nodePort", scalar("gateway.nodePort")),
  },
];

const demoModel: readonly Opening[] = [
  { object: "Deployment/demo-model", path: `${container}.image`, put: ownImage("demo-model") },
  { object: "Deployment/demo-model", path: `${container}.resources`, put: block("demoModel.resources") },
  {
    object: "Deployment/demo-model",
    path: `${pod}.imagePullSecrets`,
    put: optional("imagePullSecrets", block("imagePullSecrets")),
  },
];

/** A set of servers with volumes. */
function serversOf(name: string): Opening[] {
  const object = `StatefulSet/${name}`;
  const claim = "spec.volumeClaimTemplates.0.spec";
  return [
    { object, path: `${container}.image`, put: quoted(`${name}.image`) },
    { object, path: `${container}.resources`, put: block(`${name}.resources`) },
    { object, path: `${claim}.resources.requests.storage`, put: scalar(`${name}.storage`) },
    {
      object,
      path: `${claim}.storageClassName`,
      put: optional(`${name}.storageClass`, quoted(`${name}.storageClass`)),
    },
  ];
}

const nats: readonly Opening[] = [
  ...serversOf("nats"),
  { object: "StatefulSet/nats", path: `${container}.env.1.value`, put: quoted("nats.maxFileStore") },
  {
    object: "StatefulSet/nats",
    path: `${pod}.topologySpreadConstraints.0.whenUnsatisfiable`,
    put: scalar("nats.whenNodesAreMissing"),
  },
  { object: "StatefulSet/nats", path: `${pod}.volumes.2.secret.secretName`, put: scalar("secrets.broker") },
];

const mongo: readonly Opening[] = [
  ...serversOf("mongo"),
  {
    object: "StatefulSet/mongo",
    path: `${container}.args`,
    put: optional("mongo.args", block("mongo.args")),
  },
  {
    object: "StatefulSet/mongo",
    path: `${container}.startupProbe`,
    put: optional("mongo.startupProbe", block("mongo.startupProbe")),
  },
];

const scaling: readonly Opening[] = [
  ...["minReplicas", "maxReplicas"].map((field) => ({
    object: "HorizontalPodAutoscaler/gateway",
    path: `spec.${field}`,
    put: scalar(`gatewayHpa.${field}`),
  })),
  {
    object: "HorizontalPodAutoscaler/gateway",
    path: "spec.metrics.0.resource.target.averageValue",
    put: scalar("gatewayHpa.averageCpu"),
  },
  ...["minReplicaCount", "maxReplicaCount"].map((field) => ({
    object: "ScaledObject/llm-worker",
    path: `spec.${field}`,
    put: scalar(`keda.${field}`),
  })),
  {
    object: "ScaledObject/llm-worker",
    path: "spec.triggers.0.metadata.lagThreshold",
    put: quoted("keda.promptsOfWorker"),
  },
  {
    object: "ScaledObject/llm-worker",
    path: "spec.triggers.0.metadata.natsServerMonitoringEndpoint",
    put: { text: "nats.{{ .Release.Namespace }}.svc.cluster.local:8222" },
  },
];

const ways: readonly Opening[] = [
  { object: "HTTPRoute/gateway", path: "spec.hostnames", put: block("gatewayApi.hostnames") },
  { object: "HTTPRoute/gateway", path: "spec.parentRefs", put: block("gatewayApi.parentRefs") },
  { object: "Ingress/gateway", path: "metadata.annotations", put: block("ingress.annotations") },
  { object: "Ingress/gateway", path: "spec.ingressClassName", put: scalar("ingress.className") },
  { object: "Ingress/gateway", path: "spec.rules.0.host", put: quoted("ingress.host") },
  { object: "Ingress/gateway", path: "spec.tls.0.hosts.0", put: quoted("ingress.host") },
  { object: "Ingress/gateway", path: "spec.tls.0.secretName", put: scalar("ingress.tlsSecret") },
];

export const openings: readonly Opening[] = [
  ...services.flatMap(openingsOf),
  ...settings,
  ...gateway,
  ...demoModel,
  ...nats,
  ...mongo,
  ...scaling,
  ...ways,
];

import { spawnSync } from "node:child_process";

/** The tools, as Go modules. Go checks each with the sums of its own database, builds it once, and keeps it. */
const modules = {
  kustomize: "sigs.k8s.io/kustomize/kustomize/v5@v5.8.0",
  helm: "helm.sh/helm/v4/cmd/helm@v4.3.1",
  "kubectl-validate": "sigs.k8s.io/kubectl-validate@v0.0.4",
} as const;

/** Schemas of the objects that Kubernetes itself does not know. */
const schemas = {
  keda: { module: "github.com/kedacore/keda/v2@v2.21.0", folder: "config/crd/bases" },
  "gateway-api": { module: "sigs.k8s.io/gateway-api@v1.6.0", folder: "config/crd/standard" },
} as const;

export interface Output {
  readonly succeeded: boolean;
  readonly stdout: string;
  /** What a person reads: both outputs. */
  readonly text: string;
}

/** Runs the tool. Never throws because of what the tool says. */
export function tryTool(name: keyof typeof modules, ...args: readonly string[]): Output {
  return run("go", ["run", modules[name], ...args]);
}

/** What the tool prints. @throws with its own words when it fails */
export function runTool(name: keyof typeof modules, ...args: readonly string[]): string {
  const { succeeded, stdout, text } = tryTool(name, ...args);
  if (!succeeded) throw new Error(`${name} ${args.join(" ")} failed:\n${text}`);
  return stdout;
}

/** The folder with the definitions of other projects' objects. */
export function schemaFolder(name: keyof typeof schemas): string {
  const { module, folder } = schemas[name];
  const { succeeded, stdout, text } = run("go", ["mod", "download", "-json", module]);
  if (!succeeded) throw new Error(`${module} cannot be fetched:\n${text}`);
  return `${(JSON.parse(stdout) as { Dir: string }).Dir}/${folder}`;
}

function run(command: string, args: readonly string[]): Output {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: 64 * 1_048_576,
  });
  if (error) throw new Error(`${command} does not run; k8s/README.md says what is needed`, { cause: error });
  return { succeeded: status === 0, stdout, text: `${stdout}${stderr}` };
}

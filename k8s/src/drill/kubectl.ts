import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

interface Pod {
  readonly name: string;
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly restarts: number;
}

interface PodObject {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

const lookMs = 500;
const rolloutTimeout = "--timeout=300s";
const stillMs = 300_000;

/** The namespace of one natter, through kubectl. Every method throws with kubectl's own words. */
export class Kubectl {
  readonly #scope: readonly string[];
  readonly #namespace: string;

  constructor(context: string, namespace: string) {
    this.#scope = ["--context", context, "--namespace", namespace];
    this.#namespace = namespace;
  }

  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("kubectl", [...this.#scope, ...args], { maxBuffer: 16 * 1_048_576 });
    return stdout;
  }

  /** What a pod's port answers. @param path with its slash */
  async ask(pod: string, port: number, path: string): Promise<unknown> {
    const url = `/api/v1/namespaces/${this.#namespace}/pods/${pod}:${port}/proxy${path}`;
    return JSON.parse(await this.run("get", "--raw", url)) as unknown;
  }

  async pods(name: string): Promise<Pod[]> {
    const selector = `app.kubernetes.io/name=${name}`;
    const { items } = JSON.parse(await this.run("get", "pods", "--selector", selector, "--output=json")) as {
      items: PodObject[];
    };
    return items.map(({ metadata, status }) => ({
      name: metadata.name,
      ready:
        status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ===
        true,
      stopping: metadata.deletionTimestamp !== undefined,
      restarts: (status.containerStatuses ?? []).reduce((sum, { restartCount }) => sum + restartCount, 0),
    }));
  }

  /** Resolves when the pods are as the object wants them, and no old one is left. */
  async settled(object: string): Promise<void> {
    await this.run("rollout", "status", object, rolloutTimeout);
    const wanted = Number(await this.run("get", object, "--output=jsonpath={.spec.replicas}"));
    const endMs = performance.now() + stillMs;
    for (;;) {
      const pods = await this.pods(object.slice(object.indexOf("/") + 1));
      if (pods.length === wanted && pods.every(({ ready, stopping }) => ready && !stopping)) return;
      if (performance.now() > endMs) throw new Error(`${object} does not come to rest`);
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    }
  }
}

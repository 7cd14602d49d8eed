import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { configurationOf, freePort, waitForGreeting, type Binary } from "@natter/nats-server";
import { Routes } from "../links/routes.ts";
import { Part } from "./part.ts";

/** One nats-server. */
export interface BrokerServer {
  readonly part: Part;
  readonly port: number;
  /** Of its HTTP monitoring. */
  readonly monitorPort: number;
  readonly storeDir: string;
}

export interface BrokersPlan {
  readonly binary: Binary;
  readonly count: number;
  /** Holds the configurations and the logs. */
  readonly folder: string;
  /** Where the server of this name has its data. */
  readonly storeDirOf: (name: string) => string;
}

interface Ports {
  readonly client: number;
  readonly monitor: number;
  readonly route: number;
}

const greetingMs = 30_000;
/** Nobody listens there. A server that is told this address of another one cannot go around our proxies. */
const deadAddress = "127.0.0.1:1";

/** The broker: one nats-server, or a cluster of several whose routes go through proxies of ours. */
export class Brokers implements AsyncDisposable {
  readonly servers: readonly BrokerServer[];
  readonly routes: Routes;

  private constructor(servers: readonly BrokerServer[], routes: Routes) {
    this.servers = servers;
    this.routes = routes;
  }

  /** Writes the configurations and starts nothing. */
  static async plan({ binary, count, folder, storeDirOf }: BrokersPlan): Promise<Brokers> {
    const ports: Ports[] = [];
    for (let index = 0; index < count; index++)
      ports.push({ client: await freePort(), monitor: await freePort(), route: await freePort() });
    const routes = await Routes.open(ports.map(({ route }) => route));
    const servers: BrokerServer[] = [];
    for (const [index, { client: port, monitor: monitorPort, route }] of ports.entries()) {
      const name = brokerNames(count)[index] ?? "";
      const storeDir = storeDirOf(name);
      const extra = [
        `http: "127.0.0.1:${monitorPort}"`,
        ...(count === 1 ? [] : clusterLines(name, route, routes.portsOf(index))),
      ].join("\n");
      const configFile = join(folder, `${name}.conf`);
      await mkdir(storeDir, { recursive: true });
      await writeFile(configFile, configurationOf({ port, storeDir, version: binary.version, extra }));
      const probe = (): Promise<boolean> => waitForGreeting(port, { timeoutMs: greetingMs });
      const args = ["-c", configFile];
      const part = new Part({ name, command: binary.path, args, env: {}, probe }, folder);
      servers.push({ part, port, monitorPort, storeDir });
    }
    return new Brokers(servers, routes);
  }

  get parts(): Part[] {
    return this.servers.map(({ part }) => part);
  }

  get ports(): number[] {
    return this.servers.map(({ port }) => port);
  }

  get urls(): string[] {
    return this.ports.map((port) => `nats://127.0.0.1:${port}`);
  }

  /** The server of this name, for example `nats-2`. */
  named(name: string): BrokerServer {
    const server = this.servers.find(({ part }) => part.name === name);
    if (!server) throw new Error(`there is no broker ${name}`);
    return server;
  }

  /** How often each server was hurt, or one of its routes. */
  get upsets(): [string, number][] {
    return this.servers.map(({ part }, index) => [part.name, part.upsets + this.routes.of(index).upsets]);
  }

  /** All servers. */
  async start(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.start()));
  }

  async kill(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.kill()));
  }

  async pause(): Promise<void> {
    await Promise.all(this.parts.map((part) => part.pause()));
  }

  resume(): void {
    for (const part of this.parts) part.resume();
  }

  /** Removes everything that these servers have on their disks. All others go on. */
  async wipe(servers: readonly BrokerServer[] = this.servers): Promise<void> {
    await Promise.all(servers.map(({ part }) => part.kill()));
    for (const { storeDir } of servers) {
      await rm(storeDir, { recursive: true, force: true });
      await mkdir(storeDir, { recursive: true });
    }
    await Promise.all(servers.map(({ part }) => part.start()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.routes[Symbol.asyncDispose]();
  }
}

export function brokerNames(count: number): string[] {
  return count === 1 ? ["nats"] : Array.from({ length: count }, (_, index) => `nats-${index + 1}`);
}

function clusterLines(name: string, routePort: number, portsOfOthers: readonly number[]): string[] {
  // The server counts the routes to know how many servers vote, so its own address is one of them.
  const routes = [routePort, ...portsOfOthers].map((port) => `"nats-route://127.0.0.1:${port}"`);
  return [
    `server_name: ${name}`,
    `lame_duck_duration: "30s"`,
    `lame_duck_grace_period: "2s"`,
    "cluster {",
    "  name: natter",
    `  listen: "127.0.0.1:${routePort}"`,
    `  advertise: "${deadAddress}"`,
    // Else a process of natter would learn the servers' own addresses and go around its proxies.
    "  no_advertise: true",
    `  routes: [${routes.join(", ")}]`,
    "}",
  ];
}

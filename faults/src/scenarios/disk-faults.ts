import type { Part } from "../cluster/part.ts";
import type { SmallDisk } from "../cluster/small-disk.ts";
import { underLoad } from "../load/under-load.ts";
import type { Scenario } from "../scenario.ts";
import type { Fault, Stage } from "../stage.ts";

const lastsMs = 12_000;

/** A disk, and who has files on it. */
interface Used {
  readonly disk: SmallDisk;
  readonly parts: readonly Part[];
}

function diskOf({ cluster }: Stage, name: string, parts: readonly Part[]): Used {
  const disk = cluster.disks.get(name);
  if (!disk) throw new Error(`${name} has no disk of its own`);
  return { disk, parts };
}

function brokerDisks(stage: Stage): Used[] {
  return stage.cluster.brokers.parts.map((part) => diskOf(stage, part.name, [part]));
}

function storeDisk(stage: Stage): Used {
  const recorders = stage.cluster.recorders.map(({ part }) => part);
  return diskOf(stage, "store", recorders);
}

async function leaderDisk(stage: Stage): Promise<Used> {
  const { part } = await stage.cluster.watch.logLeader();
  return diskOf(stage, part.name, [part]);
}

function full(what: string, used: readonly Used[], isCluster = false): Fault {
  return {
    what: `${what} is full for ${lastsMs} ms`,
    inject: async () => void (await Promise.all(used.map(({ disk }) => disk.fill()))),
    lasts: lastsMs,
    async heal() {
      await Promise.all(used.map(({ disk }) => disk.makeRoom()));
      if (isCluster) await restart(used);
    },
  };
}

/** A server of a cluster turns JetStream off when its disk is full, until it starts again. */
async function restart(used: readonly Used[]): Promise<void> {
  const parts = used.flatMap((each) => each.parts);
  await Promise.all(parts.map((part) => part.stop()));
  await Promise.all(parts.map((part) => part.start()));
}

/** The operator stops who uses the disk, repairs it, and starts them again. */
function readOnly(what: string, used: readonly Used[]): Fault {
  return {
    what: `${what} turns read-only for ${lastsMs} ms`,
    inject: async () => void (await Promise.all(used.map(({ disk }) => disk.turnReadOnly()))),
    lasts: lastsMs,
    async heal() {
      for (const { disk, parts } of used) {
        await Promise.all(parts.map((part) => part.kill()));
        await disk.repair();
      }
      await Promise.all(used.flatMap(({ parts }) => parts).map((part) => part.start()));
    },
  };
}

/** @throws if the fault refused nobody, because then it did not happen */
async function refusing(stage: Stage, fault: Fault, expected: readonly string[]): Promise<void> {
  await underLoad(stage, () => stage.fault(fault));
  const codes = stage.sessions
    .flatMap(({ clients }) => clients)
    .flatMap(({ journal }) => journal.entries)
    .flatMap((entry) => (entry.kind === "got" && entry.frame.type === "error" ? [entry.frame.code] : []));
  const seen = Map.groupBy(codes, (code) => code);
  stage.say(
    `  refused with ${[...seen].map(([code, { length }]) => `${code} ${length}`).join(", ") || "nothing"}`,
  );
  if (!expected.some((code) => seen.has(code as never)))
    throw new Error(`no send was refused with ${expected.join(" or ")}`);
}

/** @throws if the recorder had nothing left to write at the end of the fault, because then it did not happen */
async function unrecorded(stage: Stage, fault: Fault): Promise<void> {
  await underLoad(stage, () =>
    stage.fault({
      ...fault,
      async heal() {
        const waiting = await stage.cluster.operator.countUnrecorded();
        await fault.heal();
        stage.say(`  ${waiting} events waited for the store`);
        if (waiting === 0) throw new Error("the store took every event");
      },
    }),
  );
}

export const diskFaults: readonly Scenario[] = [
  {
    id: "F1",
    title: "the broker's disk is full: sends are refused, and taken when there is room",
    hasSmallDisks: true,
    run(stage) {
      const isCluster = stage.cluster.brokers.servers.length > 1;
      const fault = full("the broker's disk", brokerDisks(stage), isCluster);
      return refusing(stage, fault, isCluster ? ["full", "temporary"] : ["full"]);
    },
  },
  {
    id: "F2",
    title: "the broker's disk turns read-only: sends are refused until it is repaired",
    hasSmallDisks: true,
    run: (stage) => refusing(stage, readOnly("the broker's disk", brokerDisks(stage)), ["temporary"]),
  },
  {
    id: "F3",
    title: "the store's disk is full: chat goes on, history catches up",
    hasSmallDisks: true,
    store: "sqlite",
    run: (stage) => unrecorded(stage, full("the store's disk", [storeDisk(stage)])),
  },
  {
    id: "F4",
    title: "the store's disk turns read-only: chat goes on, history catches up when it is repaired",
    hasSmallDisks: true,
    store: "sqlite",
    run: (stage) => unrecorded(stage, readOnly("the store's disk", [storeDisk(stage)])),
  },
  {
    id: "F5",
    title: "one of three brokers, the leader of the log, has a full disk, and later a read-only one",
    hasSmallDisks: true,
    brokers: 3,
    run: (stage) =>
      underLoad(stage, async () => {
        await stage.fault(full("the disk of the log's leader", [await leaderDisk(stage)], true));
        await stage.fault(readOnly("the disk of the log's leader", [await leaderDisk(stage)]));
      }),
  },
];

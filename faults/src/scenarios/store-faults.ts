import { DatabaseSync } from "node:sqlite";
import type { Scenario } from "../scenario.ts";
import type { Stage } from "../stage.ts";
import { crashAt, underLoad } from "../load/under-load.ts";

/** Until those who write have a moment without a transaction. */
const lockMs = 5_000;

/** The database is away: its links are cut, or, without one, nobody can write to its file. */
async function withoutStore(stage: Stage, ms: number): Promise<void> {
  const { recorders, settings, storeFile } = stage.cluster;
  if (settings.store === "mongodb")
    return stage.fault({
      what: `cut MongoDB off for ${ms} ms`,
      inject: () => recorders.forEach(({ line }) => line?.cut()),
      lasts: ms,
      heal: () => recorders.forEach(({ line }) => line?.heal()),
    });
  const database = new DatabaseSync(storeFile, { timeout: lockMs });
  await stage.fault({
    what: `lock the SQLite file for ${ms} ms`,
    inject: () => database.exec("BEGIN EXCLUSIVE"),
    lasts: ms,
    heal: () => database.exec("ROLLBACK"),
  });
  database.close();
}

export const storeFaults: readonly Scenario[] = [
  {
    id: "M3",
    title: "the database is away for 20 s: chat goes on, history catches up",
    run: (stage) => underLoad(stage, () => withoutStore(stage, 20_000)),
  },
  {
    id: "M3 no recorder",
    title: "no persistence process runs for 15 s: chat goes on, history catches up",
    run: (stage) =>
      underLoad(stage, async () => {
        const { recorders } = stage.cluster;
        await stage.fault({
          what: "kill -9 every persistence process",
          inject: async () => void (await Promise.all(recorders.map(({ part }) => part.kill()))),
          lasts: 15_000,
          heal: async () => void (await Promise.all(recorders.map(({ part }) => part.start()))),
        });
      }),
  },
  {
    id: "M3 before-write",
    title: "a recorder dies with a batch in hand and nothing of it stored",
    failpoint: "recorder.before-write",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const recorder of stage.cluster.recorders)
          await crashAt(stage, recorder, "recorder.before-write");
      }),
  },
  {
    id: "M4",
    title: "a write is applied and its answer is lost",
    store: "mongodb",
    run: (stage) =>
      underLoad(stage, async () => {
        const { recorders } = stage.cluster;
        for (let turn = 0; turn < 5; turn++) {
          await stage.fault({
            what: "MongoDB hears and does not answer, then the connections break",
            inject: () => recorders.forEach(({ line }) => line?.silence("down")),
            lasts: stage.random.between(300, 1_500),
            heal() {
              for (const { line } of recorders) {
                line?.reset();
                line?.heal();
              }
            },
          });
        }
      }),
  },
  {
    id: "M4 after-write",
    title: "a recorder dies when a batch is stored and not acknowledged",
    failpoint: "recorder.after-write",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const recorder of stage.cluster.recorders)
          await crashAt(stage, recorder, "recorder.after-write");
      }),
  },
  {
    id: "M5",
    title: "the connections to the database break again and again in the middle of writes",
    store: "mongodb",
    run: (stage) =>
      underLoad(stage, async () => {
        const { recorders } = stage.cluster;
        for (let turn = 0; turn < 8; turn++) {
          await stage.fault({
            what: "reset every connection to MongoDB",
            inject: () => recorders.forEach(({ line }) => line?.reset()),
            lasts: stage.random.between(0, 500),
            heal: () => undefined,
          });
        }
      }),
  },
  {
    id: "M6",
    title: "a recorder freezes with events in hand, another one records them, and it wakes",
    run: (stage) =>
      underLoad(stage, async () => {
        const [recorder] = stage.cluster.recorders;
        // Longer than the broker waits for an ack.
        await stage.fault({
          what: "freeze persistence-1 for 35 s",
          inject: () => recorder?.part.pause(),
          lasts: 35_000,
          heal: () => recorder?.part.resume(),
        });
      }),
  },
  {
    id: "M7",
    title: "the database is slow: 2 s for each answer, or 3 s between two writes",
    async run(stage) {
      const { recorders, settings } = stage.cluster;
      if (settings.store === "sqlite")
        return underLoad(stage, async () => {
          for (let turn = 0; turn < 3; turn++) await withoutStore(stage, 3_000);
        });
      await underLoad(stage, () =>
        stage.fault({
          what: "2 s between persistence and MongoDB",
          inject: () => recorders.forEach(({ line }) => line?.delay(1_000)),
          lasts: 15_000,
          heal: () => recorders.forEach(({ line }) => line?.heal()),
        }),
      );
    },
  },
  {
    id: "M8",
    title: "what cannot be recorded is put aside, and everything beside it is recorded",
    run: (stage) =>
      underLoad(stage, async () => {
        const { near, session } = await stage.pair();
        stage.isLogPoisoned = true;
        for (let turn = 0; turn < 20; turn++) {
          await near.send({ type: "message", message: `/rate 0 /echo ${turn}` });
          await stage.cluster.operator.append(session.id, badEvent(stage.random.between(0, 4), turn));
        }
        await stage.pause(1_000);
      }),
  },
];

/** @param turn makes its id another one each time */
function badEvent(kind: number, turn: number): string {
  const bad = [
    "",
    "not a frame",
    `{"type":"message","id":"no-text-${turn}"}`,
    `{"type":"message","id":"${turn}${"x".repeat(2_000)}"}`,
    "\u0000",
  ];
  return bad[kind] ?? "";
}

import { waitFor } from "@natter/testing";
import { askAndTear } from "../clients/rude-socket.ts";
import type { Scenario } from "../scenario.ts";
import { waitUntil, type Session, type Stage } from "../stage.ts";
import { TcpProxy } from "../links/tcp-proxy.ts";
import type { CarefulClient } from "../clients/careful-client.ts";
import { underLoad } from "../load/under-load.ts";

const manyClients = 300;
const vanishedMs = 40_000;

/** A client with a link of its own to the first gateway. */
async function withOwnLine(
  stage: Stage,
  work: (at: { session: Session; client: CarefulClient; line: TcpProxy }) => Promise<void>,
): Promise<void> {
  const [address = ""] = stage.cluster.addresses;
  const [host = "", port = ""] = address.split(":");
  const line = await TcpProxy.open({ host, port: Number(port) });
  const session = stage.createSession();
  stage.join(session, { first: 1 });
  const client = stage.join(session, { addresses: [`127.0.0.1:${line.port}`] });
  await client.untilOpen();
  await work({ session, client, line });
  line.heal();
  await stage.settle();
  client.leave();
  await line[Symbol.asyncDispose]();
}

const tornConnections: readonly Scenario[] = [
  {
    id: "C1",
    title: "a client vanishes without a word: the gateway gives its socket up",
    run: (stage) =>
      withOwnLine(stage, async ({ client, line }) => {
        await client.send({ type: "message", message: "/rate 0 /echo hello" });
        client.setReading(false);
        line.silence("up", "down");
        const before = line.hangUps;
        await waitFor(() => line.hangUps > before, { what: "the gateway to hang up", timeoutMs: vanishedMs });
        client.setReading(true);
        client.drop();
      }),
  },
  {
    id: "C2",
    title: "connections break during the upgrade",
    run: (stage) =>
      underLoad(stage, async () => {
        for (let turn = 0; turn < 60; turn++) {
          const address = stage.random.pick(stage.cluster.addresses);
          const when = stage.random.pick(["at once", "soon"] as const);
          await stage.pause(20);
          await askAndTear(address, `/ws/chat/torn-${turn}/`, when);
        }
      }),
  },
  {
    id: "C3",
    title: "connections break after a refusal",
    run: (stage) =>
      underLoad(stage, async () => {
        const paths = [
          "/ws/chat/not%20a%20session/",
          "/ws/chat/x/?since=nonsense",
          "/nowhere",
          "/api/sessions/a%00b",
        ];
        for (let turn = 0; turn < 40; turn++)
          await askAndTear(stage.random.pick(stage.cluster.addresses), stage.random.pick(paths), "answered");
      }),
  },
];

const resumes: readonly Scenario[] = [
  {
    id: "C4",
    title: "a reader does not read while much is said",
    async run(stage) {
      const { session, near, far } = await stage.pair();
      const slow = stage.join(session);
      await slow.untilOpen();
      slow.setReading(false);
      for (let turn = 0; turn < 4; turn++) {
        await near.send({ type: "message", message: "/rate 0 /markdown 800" });
        await waitUntil(() => [...near.prompts].every((id) => far.hasSeenEndOf(id)), 30_000);
      }
      slow.setReading(true);
    },
  },
  {
    id: "C5",
    title: "a client sends, loses its connection before the ack, and sends again",
    run: (stage) =>
      withOwnLine(stage, async ({ client, line }) => {
        for (let turn = 0; turn < 12; turn++) {
          const isAckLost = stage.random.happens(0.7);
          if (isAckLost) line.silence("down");
          const sent = client.send({ type: "message", message: `/rate 0 /echo turn ${turn}` });
          await stage.pause(stage.random.between(0, 60));
          line.reset();
          line.heal();
          await sent;
        }
      }),
  },
  {
    id: "C6",
    title: "a reader disconnects again and again in the middle of replies",
    async run(stage) {
      const { near, far } = await stage.pair();
      for (let turn = 0; turn < 3; turn++) {
        const asked = near.send({ type: "message", message: "/rate 60 /count 240" });
        for (let drop = 0; drop < 8; drop++) {
          await stage.pause(stage.random.between(20, 900));
          far.drop();
        }
        await asked;
      }
    },
  },
  {
    id: "C7",
    title: `${manyClients} clients lose their connection at once`,
    async run(stage) {
      const clients: CarefulClient[] = [];
      for (let index = 0; index < manyClients / 3; index++) {
        const session = stage.createSession();
        for (let count = 0; count < 3; count++) clients.push(stage.join(session));
      }
      await Promise.all(clients.map((client) => client.untilOpen()));
      const speakers = clients.filter((_, index) => index % 10 === 0);
      const said = speakers.map((client) => client.send({ type: "message", message: "/rate 20 /count 60" }));
      await Promise.all(said);
      await stage.fault({
        what: "reset every client and kill -9 gateway-1",
        async inject() {
          for (const { line } of stage.cluster.gateways) line?.reset();
          await stage.cluster.gateways[0]?.part.kill();
        },
        lasts: 1_000,
        heal: () => stage.cluster.gateways[0]?.part.start(),
      });
      await Promise.all(clients.map((client) => client.untilOpen()));
    },
  },
];

export const clientFaults: readonly Scenario[] = [
  ...tornConnections,
  ...resumes,
  {
    id: "C8",
    title: "two sockets of one person at two gateways see one order",
    async run(stage) {
      const session = stage.createSession();
      const sockets = [0, 1].map((first) => stage.join(session, { first, person: "ann" }));
      await Promise.all(sockets.map((socket) => socket.untilOpen()));
      for (let turn = 0; turn < 10; turn++) {
        await Promise.all(
          sockets.map((socket) => socket.send({ type: "message", message: `/rate 0 /echo ${turn}` })),
        );
      }
    },
  },
  {
    id: "C9",
    title: "frames come in segments of one byte, and several in one",
    run: (stage) =>
      withOwnLine(stage, async ({ client, line }) => {
        line.slice();
        for (let turn = 0; turn < 5; turn++)
          await client.send({ type: "message", message: `/rate 0 /echo ${turn} 조각` });
        line.silence("up");
        const sends = [1, 2, 3, 4, 5].map((number) =>
          client.send({ type: "message", message: `/rate 0 /echo together ${number}` }),
        );
        await stage.pause(300);
        line.heal();
        await Promise.all(sends);
      }),
  },
];

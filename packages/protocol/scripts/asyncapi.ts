/** The AsyncAPI document: the same words as the code, for tools of others. Pure: schemas in, JSON out. */
import type { TSchema } from "typebox";
import {
  Applied,
  clientFrames,
  durableFrames,
  ephemeralFrames,
  GatewayHeartbeat,
  PresenceSet,
  republishHeaders,
  rpcQueue,
  rpcVerbs,
  sessionIdPattern,
  storeRpc,
  subjects,
  timings,
} from "../src/index.ts";
import {
  heartbeatWords,
  controlWords,
  jetstream,
  pokeSchema,
  presenceWords,
  replyWords,
} from "./broker-words.ts";

type Json = Readonly<Record<string, unknown>>;

interface Message {
  readonly name: string;
  readonly title: string;
  readonly payload?: unknown;
  readonly [extension: `x-${string}`]: unknown;
}

/** What others hear live and nobody stores. The other ephemeral frames are between a gateway and its client. */
const liveEphemeral = ["ai_chunk", "ai_text", "typing"] as const;

export function createAsyncapi(version: string): Json {
  const messages = { ...frameMessages(), ...brokerMessages() };
  return {
    asyncapi: "3.1.0",
    info: {
      title: "natter",
      version,
      description: "A real-time AI chat backbone over NATS. The same in prose: docs/protocol.md.",
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: {
      gateway: { host: "127.0.0.1:8080", protocol: "ws", description: "What clients connect to" },
      broker: { host: "127.0.0.1:4222", protocol: "nats", description: "What natter's own parts connect to" },
    },
    channels: { ...clientChannels(), ...brokerChannels() },
    operations: { ...clientOperations(), ...brokerOperations() },
    components: { messages },
  };
}

const clientNames = Object.keys(clientFrames).map((type) => `client.${type}`);
const durableNames = Object.keys(durableFrames).map((type) => `server.${type}`);
const serverNames = [...durableNames, ...Object.keys(ephemeralFrames).map((type) => `server.${type}`)];
const liveNames = [...durableNames, ...liveEphemeral.map((type) => `server.${type}`), "broker.poke"];
const rpcNames = rpcVerbs.flatMap((verb) => [`rpc.${verb}.question`, `rpc.${verb}.answer`]);

function frameMessages(): Record<string, Message> {
  return Object.fromEntries([
    ...Object.entries(clientFrames).map(([type, schema]) => frame("client", type, schema)),
    ...Object.entries(durableFrames).map(([type, schema]) => frame("server", type, schema, true)),
    ...Object.entries(ephemeralFrames).map(([type, schema]) => frame("server", type, schema, false)),
  ]);
}

function frame(from: string, type: string, schema: TSchema, durable?: boolean): [string, Message] {
  const name = `${from}.${type}`;
  return [
    name,
    {
      name,
      title: type,
      payload: toJson(schema),
      ...(durable === undefined ? {} : { "x-durable": durable }),
    },
  ];
}

function brokerMessages(): Record<string, Message> {
  const described: Record<string, Omit<Message, "name">> = {
    "broker.poke": { title: "An event may not have come live", payload: toJson(pokeSchema) },
    "broker.control": { title: controlWords, payload: toJson(pokeSchema) },
    "gateway.presence": { title: presenceWords, payload: toJson(PresenceSet) },
    "gateway.heartbeat": { title: heartbeatWords, payload: toJson(GatewayHeartbeat) },
    "reply.question": { title: "Empty" },
    "reply.answer": { title: replyWords },
  };
  for (const verb of rpcVerbs) {
    const { title, question, answer } = storeRpc[verb];
    described[`rpc.${verb}.question`] = { title, payload: toJson(question) };
    described[`rpc.${verb}.answer`] = {
      title: "The answer, with `epoch` and `appliedSeq`: complete up to there",
      payload: { allOf: [toJson(answer), toJson(Applied)] },
    };
  }
  return Object.fromEntries(Object.entries(described).map(([name, message]) => [name, { name, ...message }]));
}

const session = { session: { description: `Matches ${sessionIdPattern}` } };

function clientChannels(): Json {
  const text = { type: "string" };
  return {
    session: {
      address: "/ws/chat/{session}/",
      title: "One session, as a client sees it",
      servers: [{ $ref: "#/servers/gateway" }],
      parameters: session,
      messages: messagesOf([...clientNames, ...serverNames]),
      bindings: {
        ws: {
          method: "GET",
          query: { type: "object", properties: { name: text, guest: text, since: text } },
          bindingVersion: "0.1.0",
        },
      },
    },
  };
}

function brokerChannels(): Json {
  return {
    log: {
      ...brokerChannel(subjects.log("{session}"), "The durable events of a session", durableNames),
      "x-jetstream": jetstream,
    },
    live: {
      ...brokerChannel(subjects.live("{session}"), "What sockets of a session are sent", liveNames),
      "x-jetstream": { republishedFrom: subjects.everyLog, headers: republishHeaders },
    },
    control: brokerChannel(subjects.control("{session}"), controlWords, ["broker.control"]),
    reply: brokerChannel(subjects.reply("{session}"), replyWords, ["reply.question", "reply.answer"]),
    presence: brokerChannel(subjects.presence("{session}"), presenceWords, ["gateway.presence"]),
    gateways: { ...brokerChannel(subjects.gateways, heartbeatWords, ["gateway.heartbeat"]), parameters: {} },
    rpc: {
      ...brokerChannel(subjects.rpc("{verb}"), "Questions to the persistence service", rpcNames),
      parameters: { verb: { enum: [...rpcVerbs] } },
    },
  };
}

function brokerChannel(address: string, title: string, names: readonly string[]): Json {
  return {
    address,
    title,
    servers: [{ $ref: "#/servers/broker" }],
    parameters: session,
    messages: messagesOf(names),
  };
}

/** Operations are the gateway's own: it receives what clients send. */
function clientOperations(): Json {
  return {
    receiveFromClient: operation("receive", "session", clientNames),
    sendToClient: operation("send", "session", serverNames),
  };
}

function brokerOperations(): Json {
  const rpc = rpcVerbs.map((verb) => [
    `ask_${verb}`,
    {
      ...operation("send", "rpc", [`rpc.${verb}.question`]),
      title: storeRpc[verb].title,
      reply: replyOn("rpc", [`rpc.${verb}.answer`]),
      bindings: { nats: { queue: rpcQueue, bindingVersion: "0.1.0" } },
      "x-timeoutMs": timings.storeMs,
    },
  ]);
  return {
    append: operation("send", "log", durableNames),
    relay: operation("receive", "live", liveNames),
    hurry: operation("send", "control", ["broker.control"]),
    sayWhoIsHere: operation("send", "presence", ["gateway.presence"]),
    hearWhoIsElsewhere: operation("receive", "presence", ["gateway.presence"]),
    sendHeartbeat: operation("send", "gateways", ["gateway.heartbeat"]),
    receiveHeartbeat: operation("receive", "gateways", ["gateway.heartbeat"]),
    askReply: {
      ...operation("send", "reply", ["reply.question"]),
      reply: replyOn("reply", ["reply.answer"]),
      "x-timeoutMs": timings.replyQuestionMs,
    },
    ...Object.fromEntries(rpc),
  };
}

function operation(action: "send" | "receive", channel: string, names: readonly string[]): Json {
  return { action, channel: { $ref: `#/channels/${channel}` }, messages: references(channel, names) };
}

function replyOn(channel: string, names: readonly string[]): Json {
  return { channel: { $ref: `#/channels/${channel}` }, messages: references(channel, names) };
}

function references(channel: string, names: readonly string[]): Json[] {
  return names.map((name) => ({ $ref: `#/channels/${channel}/messages/${name}` }));
}

function messagesOf(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/messages/${name}` }]));
}

/** What the library keeps beside a schema does not survive this; the schema does. */
function toJson(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(schema));
}

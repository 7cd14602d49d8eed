import type { App } from "@natter/runtime";
import Fastify from "fastify";
import { registerChatCompletions } from "./chat-completions.ts";
import type { Config } from "./config.ts";
import { RequestLog } from "./request-log.ts";
import { Ticker } from "./ticker.ts";

const mostBodyBytes = 16 * 1_048_576;

/** An OpenAI-compatible server that does what it is told: the model when there is none. */
export function createApp(config: Config): App {
  const server = Fastify({ forceCloseConnections: true, bodyLimit: mostBodyBytes });
  registerChatCompletions(server, new RequestLog(), new Ticker());
  return {
    async start() {
      const address = await server.listen({ host: config.host, port: config.port });
      return { url: `${address}/v1` };
    },
    stop: async () => server.close(),
  };
}

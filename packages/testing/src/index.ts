export { freePort } from "@natter/nats-server";
export { startNatsServer, testBinary, type TestNatsServer } from "./nats-server.ts";
export { waitFor } from "./wait-for.ts";

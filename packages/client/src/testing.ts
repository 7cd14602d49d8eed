/** A server in memory, for the tests of applications that use this package. */
export { FakeReply } from "./testing/fake-reply.ts";
export { FakeServer, type FakeServerOptions } from "./testing/fake-server.ts";
export { FakeSession } from "./testing/fake-session.ts";

export { findNatsServer, NoNatsServer, type Binary } from "./binary.ts";
export { brokerUser, configurationOf, type ServerOptions } from "./configuration.ts";
export { freePort, waitForGreeting } from "./readiness.ts";

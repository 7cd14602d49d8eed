export { findNatsServer, NoNatsServer, type Binary } from "./binary.ts";
export { configurationOf, type ServerOptions } from "./configuration.ts";
export { freePort, portProblem, waitForGreeting } from "./readiness.ts";
export type { Acceptance } from "./source.ts";

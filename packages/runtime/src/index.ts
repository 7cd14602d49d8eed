export {
  breakages,
  crashPoint,
  crashPoints,
  isBroken,
  type Breakage,
  type CrashPoint,
} from "./fault-points.ts";
export { EnvironmentError, listOf, readEnvironment, type Environment } from "./environment.ts";
export { isLoopback } from "./loopback.ts";
export { createLogger, type Logger } from "./logger.ts";
export { ofTheStart, roleSettings, type Role } from "./role-settings.ts";
export { runService, type App, type ReadyMessage } from "./run-service.ts";
export { settings, type Setting, type SettingName } from "./settings.ts";

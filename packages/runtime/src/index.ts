export { aborted } from "./aborted.ts";
export { Backoff, backoffMs, type BackoffBounds } from "./backoff.ts";
export {
  EnvironmentError,
  listOf,
  readEnvironment,
  settingOf,
  type Environment,
} from "./settings/environment.ts";
export { breakages, failpoint, failpoints, isBroken, type Breakage, type Failpoint } from "./failpoints.ts";
export { isLoopback } from "./loopback.ts";
export { createLogger, type Logger } from "./logging/logger.ts";
export { ofTheStart, roleSettings, type Role } from "./settings/role-settings.ts";
export { refuseOldNode } from "./required-node.ts";
export { runService, type App, type ReadyMessage } from "./run-service.ts";
export { settings, type Setting, type SettingName } from "./settings/settings.ts";
export { streamSettingsOf } from "./settings/stream-settings.ts";

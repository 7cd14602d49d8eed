import { roleSettings, settingOf, settings, type Role as ServiceRole } from "@natter/runtime";
import type { Role } from "./process-plan.ts";

/** What programs need of a machine: where things are, in which language and time zone, and whom TLS trusts. */
const ofTheMachine: ReadonlySet<string> = new Set([
  "PATH",
  "HOME",
  "TMPDIR",
  "TMP",
  "TEMP",
  "TZ",
  "LANG",
  "LANGUAGE",
  "NODE_OPTIONS",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
]);
/** Windows spells them in several ways. */
const ofWindows =
  /^(?:path|pathext|comspec|systemroot|systemdrive|windir|userprofile|(?:local)?appdata|programdata)$/i;

type Variables = Readonly<Record<string, string | undefined>>;

/** Of this process's environment what the machine needs, and the settings that the role reads. Nothing else is anybody's. */
export function childEnvironment(role: Role, variables: Variables): Record<string, string> {
  const own: ReadonlySet<string> = new Set(role === "nats" ? [] : roleSettings[role satisfies ServiceRole]);
  const isOwn = (name: string): boolean => own.has(settingOf(name));
  // Several processes of a machine cannot share one port. The supervisor looks after them itself.
  return pick(variables, (name) => (isOwn(name) && name !== "NATTER_HEALTH_PORT") || isOfTheMachine(name));
}

/** The environment with the settings of a plan, which win over the files that name them. */
export function withSettings(
  environment: Readonly<Record<string, string>>,
  planned: Readonly<Record<string, string>>,
): Record<string, string> {
  return { ...pick(environment, (name) => !Object.hasOwn(planned, settingOf(name))), ...planned };
}

/** For a program that is no part of natter's. */
export function machineEnvironment(variables: Variables): Record<string, string> {
  return pick(variables, isOfTheMachine);
}

/** For a tool of the user's, which may need anything, but no setting of natter's. A proxy is its own, too. */
export function toolEnvironment(variables: Variables): Record<string, string> {
  return pick(variables, (name) => !Object.hasOwn(settings, name) || /_proxy$/i.test(name));
}

function isOfTheMachine(name: string): boolean {
  return (
    ofTheMachine.has(name) || name.startsWith("LC_") || (process.platform === "win32" && ofWindows.test(name))
  );
}

function pick(variables: Variables, isPicked: (name: string) => boolean): Record<string, string> {
  const picked = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && isPicked(entry[0]),
  );
  return Object.fromEntries(picked);
}

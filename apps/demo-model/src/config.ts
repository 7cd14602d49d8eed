import { readEnvironment, roleSettings } from "@natter/runtime";

export interface Config {
  /** 0: a free one. */
  readonly port: number;
  readonly host: string;
}

export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  const env = readEnvironment(roleSettings["demo-model"], variables);
  return Object.freeze({ port: env.PORT, host: env.NATTER_HOST });
}

import { readEnvironment, roleSettings } from "@natter/runtime";

export interface Config {
  /** 0: a free one. */
  readonly port: number;
}

export function readConfig(variables: Readonly<Record<string, string | undefined>>): Config {
  return Object.freeze({ port: readEnvironment(roleSettings["demo-model"], variables).PORT });
}

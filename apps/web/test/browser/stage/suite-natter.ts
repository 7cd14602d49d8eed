/** One natter for all browser tests that need no other: it takes seconds of CPU to start one. */
import { startNatter } from "@natter/testing";
import type { TestProject } from "vitest/node";

export interface SuiteNatter {
  readonly url: string;
  readonly brokerUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly suiteNatter: SuiteNatter;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const natter = await startNatter();
  provide("suiteNatter", { url: natter.url, brokerUrl: await natter.brokerUrl() });
  return async () => natter[Symbol.asyncDispose]();
}

import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** It looks at how long the page is busy, so nothing runs beside it. */
const timesThePage = "apps/web/test/browser/hostile/hostile-text.test.ts";

/** They start whole clusters; the other tests of faults start nothing. */
const playsScenarios = "faults/test/*short-run.test.ts";

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{packages,services,apps}/*/test/**/*.test.ts",
            "faults/test/*.test.ts",
            "{k8s,load}/test/*.test.ts",
            "bench/test/parts.test.ts",
          ],
          exclude: ["apps/web/test/browser/**", playsScenarios],
          testTimeout: 30_000,
          hookTimeout: 120_000,
          // These wait for others' answers more than they compute.
          maxWorkers: availableParallelism(),
        },
      },
      { test: { name: "architecture", include: ["test/architecture/*.test.ts"] } },
      {
        test: {
          name: "browser",
          globalSetup: ["apps/web/test/browser/stage/suite-natter.ts"],
          include: ["apps/web/test/browser/**/*.test.ts"],
          exclude: [timesThePage],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Each file starts a browser, some a whole natter, which wait for each other most of the time.
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "system",
          include: [
            "test/*.test.ts",
            "test/{any-deployment,operations}/*.test.ts",
            playsScenarios,
            "bench/test/round.test.ts",
            timesThePage,
          ],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Each file starts a whole natter and lets it work; two cores carry one at a time, and nothing beside it.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

export default config;

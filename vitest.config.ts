import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{packages,services,apps}/*/test/**/*.test.ts",
            "faults/test/unit/*.test.ts",
            "bench/test/parts.test.ts",
          ],
          exclude: ["apps/web/test/browser/**"],
          testTimeout: 30_000,
          hookTimeout: 120_000,
          // These wait for others' answers more than they compute.
          maxWorkers: availableParallelism() + 1,
        },
      },
      { test: { name: "architecture", include: ["test/architecture/*.test.ts"] } },
      {
        test: {
          name: "system",
          include: [
            "{faults/,}test/*.test.ts",
            "bench/test/round.test.ts",
            "apps/web/test/browser/*.test.ts",
          ],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // Each file starts a whole natter; two cores carry one at a time, and nothing beside it.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

export default config;

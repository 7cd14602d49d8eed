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
          // Each file starts a whole natter; two cores carry one at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});

export default config;

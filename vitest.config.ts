import { fileURLToPath } from "node:url";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], environment: "node" } },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          exclude: ["test/integration/workerd/**"],
          environment: "node",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          environment: "node",
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: "./test/integration/workerd/wrangler.toml" },
            miniflare: {
              bindings: { ORIGIN: inject<string>("origin"), CLOSED_ORIGIN: inject<string>("closedOrigin") },
            },
          })),
        ],
        resolve: {
          alias: {
            "heddle:mesh": fileURLToPath(new URL("./test/integration/workerd/bundled-mesh.ts", import.meta.url)),
          },
        },
        test: {
          name: "workerd",
          include: ["test/integration/workerd/**/*.test.ts"],
          globalSetup: ["./test/integration/workerd/origins.ts"],
        },
      },
    ],
  },
});

import { fileURLToPath } from "node:url";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

/** What drives a real Prometheus or kubectl, which a machine may not have. */
const WITH_PEERS = [
  "test/integration/prometheus/**/*.test.ts",
  "test/integration/kubernetes/kubectl.test.ts",
  "test/integration/kubernetes/mesh.test.ts",
];

/** A test that polls says so of its deadline, or has this one: what is awaited takes a moment, and a crowded machine longer. */
const POLL = { poll: { timeout: 20_000 } };
/**
 * Far above what tests take, so that what ends one is its own deadline, which says what it waited for. Hooks start processes
 * that a crowded machine may take a minute for.
 */
const PATIENT = { testTimeout: 300_000, hookTimeout: 300_000, expect: POLL };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          environment: "node",
          // A property test of a parser takes seconds by itself, and many more beside others.
          ...PATIENT,
          // Files share what they import: making it anew for each would be half of the time. What has a state restarts it.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          exclude: ["test/integration/workerd/**", ...WITH_PEERS],
          environment: "node",
          ...PATIENT,
          // Most of their time they wait for traffic; more at once would starve the origins.
          maxWorkers: 3,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: "peers",
          include: WITH_PEERS,
          environment: "node",
          ...PATIENT,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          environment: "node",
          ...PATIENT,
          fileParallelism: false,
          sequence: { groupOrder: 4 },
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
          ...PATIENT,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});

import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ask } from "../harness/ask.ts";
import { endpoints, meshOf, servicesByHost } from "../harness/configs.ts";
import { type Machine, steadily } from "../harness/machine.ts";
import { createResources } from "../harness/resources.ts";
import { type IsolateView, pause, until } from "../harness/state.ts";
import { startTraffic } from "../harness/traffic.ts";

const own = createResources();
afterAll(own.close);

const ISOLATES = 20;

describe("a mesh that is put in force at one isolate", () => {
  it("reaches the others within 5 s, by their syncs, and fails no request", async () => {
    await steadily(1_000, reach);
  });
});

async function reach(machine: Machine): Promise<void> {
  await own.close();
  const aws = await own.origin("aws", { baseLatencyMs: 5 });
  const gcp = await own.origin("gcp", { baseLatencyMs: 5 });
  const config = (to: typeof aws) => servicesByHost({ shop: `endpoints: ${endpoints([to])}` });
  const edge = await own.edge(config(aws), {
    entry: join(import.meta.dirname, "worker/many-isolates.ts"),
    bindings: { TEST_ISOLATES: String(ISOLATES) },
  });
  const traffic = startTraffic(edge, { host: "shop.test", rps: 60, seconds: 30 });
  const states = async () => JSON.parse((await ask(edge, "/__test/states")).text) as IsolateView[];
  await until("every isolate to hear from its object", 15_000, states, (all) =>
    all.every(({ services }) => services[0]!.snapshotAgeMs !== null),
  );
  const mesh = await meshOf(config(gcp));
  const headers = { "x-test-isolate": "0" };
  machine.begin(edge);
  const putAtMs = Date.now();
  const put = await ask(edge, "/.heddle/mesh", { method: "PUT", body: JSON.stringify(mesh), headers });
  expect(put.status, put.text).toBe(200);
  const reached = await until("every isolate to run the new mesh", 8_000, states, (all) =>
    all.every(({ meshVersion }) => meshVersion === mesh.version),
  );
  const tookMs = Date.now() - putAtMs;
  await pause(1_000);
  traffic.stop();
  const report = await traffic.done;
  console.log(`${ISOLATES} isolates with 3 requests/s each run the new mesh ${tookMs} ms after the PUT`);
  expect(tookMs).toBeLessThan(machine.ran() ? 5_000 : 8_000);
  expect(report.failedOn(machine), report.describe()).toBe(0);
  const sources = reached.map(({ mesh: { source } }) => source);
  expect(sources.filter((source) => source === "put")).toHaveLength(1);
  // The first ones fetch the text from the object; whoever comes later finds it in the data centre's cache.
  expect(sources.filter((source) => source === "colo").length).toBeGreaterThan(ISOLATES / 2);
  expect(reached.flatMap(({ problems }) => problems)).toEqual([]);
}

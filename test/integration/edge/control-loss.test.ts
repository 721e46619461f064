import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { endpoints, meshOf, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { type IsolateView, stateOf, until } from "../harness/state.ts";
import { startTraffic, type TrafficReport } from "../harness/traffic.ts";

const own = createResources();
afterAll(own.close);

const viewOf = async (edge: Edge) => (await stateOf(edge)) as unknown as IsolateView;

describe("an edge whose config object throws at everything, and that has no control plane", () => {
  let edge: Edge;
  let report: TrafficReport;
  let config: string;

  beforeAll(async () => {
    const origins = [await own.origin("aws"), await own.origin("gcp")];
    config = servicesByHost({ shop: `endpoints: ${endpoints(origins)}` });
    edge = await own.edge(config, { entry: join(import.meta.dirname, "worker/faulty-config.ts") });
    const traffic = startTraffic(edge, { host: "shop.test", rps: 50, seconds: 4 });
    report = await traffic.done;
  });

  it("fails no request, the first one included", () => {
    expect(report.summary.failed, report.describe()).toBe(0);
    expect(Object.keys(report.summary.byEndpoint).sort()).toEqual(["aws", "gcp"]);
  });

  it("still shares health through its objects", async () => {
    const { services } = await until(
      "a fresh snapshot",
      20_000,
      async () => {
        await ask(edge, "/", { host: "shop.test" });
        return viewOf(edge);
      },
      (view) => (view.services[0]!.snapshotAgeMs ?? Number.POSITIVE_INFINITY) < 5_000,
    );
    expect(services[0]!.sync.failures, JSON.stringify(services[0]!.sync)).toBe(0);
  });

  it("runs the bundled mesh, and says so", async () => {
    const { headers } = await ask(edge, "/", { host: "shop.test" });
    const { meshVersion, mesh, problems } = await viewOf(edge);
    expect(headers["x-heddle-mesh"]).toBe(meshVersion);
    expect(mesh).toMatchObject({ source: "bundled", refused: null, loading: "" });
    expect(problems).toEqual([]);
  });

  it("keeps its mesh when another one is put and cannot be kept", async () => {
    const before = await viewOf(edge);
    const body = JSON.stringify(await meshOf(config));
    const answer = await ask(edge, "/.heddle/mesh", { method: "PUT", body });
    expect(answer.status, answer.text).toBe(503);
    expect(JSON.parse(answer.text)).toMatchObject({ stays: before.meshVersion });
    expect((await viewOf(edge)).meshVersion).toBe(before.meshVersion);
    expect((await ask(edge, "/", { host: "shop.test" })).status).toBe(200);
  });
});

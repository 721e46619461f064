import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { endpoints, meshOf, servicesByHost, type Upstream } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { stateOf } from "../harness/state.ts";
import { startTraffic } from "../harness/traffic.ts";

const own = createResources();
afterAll(own.close);

describe("a mesh pushed to a running edge", () => {
  let edge: Edge;
  let aws: Upstream;
  let gcp: Upstream;

  const config = (upstream: Upstream) => servicesByHost({ shop: `endpoints: ${endpoints([upstream])}` });
  const answeredBy = async () => (await ask(edge, "/", { host: "shop.test" })).headers["x-origin"];

  beforeAll(async () => {
    aws = await own.origin("aws", { baseLatencyMs: 20 });
    gcp = await own.origin("gcp", { baseLatencyMs: 20 });
    edge = await own.edge(config(aws));
  });

  it("takes effect at once, and fails no request that is under way", async () => {
    expect(await answeredBy()).toBe("aws");
    const traffic = startTraffic(edge, { host: "shop.test", rps: 100, seconds: 3 });
    for (let change = 0; change < 10; change++) {
      const to = change % 2 === 0 ? gcp : aws;
      await edge.putMesh(await meshOf(config(to)));
      expect(await answeredBy()).toBe(to.name);
      await new Promise((wake) => setTimeout(wake, 200));
    }
    const report = await traffic.done;
    expect(report.summary.failed, report.describe()).toBe(0);
    expect(Object.keys(report.summary.byEndpoint).sort()).toEqual(["aws", "gcp"]);
  });

  it("is refused when it asks for a filter that is not in the code, and the last good one stays", async () => {
    const before = await stateOf(edge);
    const text = config(aws).replace(
      "rules: [{ ",
      "rules: [{ filters: [{ type: ExtensionRef, extensionRef: { name: mine } }], ",
    );
    const answer = await ask(edge, "/.heddle/mesh", { method: "PUT", body: JSON.stringify(await meshOf(text)) });
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining("unknown_extension")]);
    expect((await stateOf(edge)).meshVersion).toBe(before.meshVersion);
    expect((await ask(edge, "/", { host: "shop.test" })).status).toBe(200);
  });

  it.each([
    ["no JSON", "{"],
    ["null", "null"],
    ["a list", "[]"],
    ["nothing of a mesh", "{}"],
    ["another format", '{"format":999,"version":"x","compiledAtMs":99999999999999,"services":[],"routes":[]}'],
    ["a mesh with parts missing", '{"format":1,"version":"abcdefabcdefabcd","compiledAtMs":99999999999999}'],
    [
      "a mesh with broken references",
      '{"format":1,"version":"abcdefabcdefabce","compiledAtMs":99999999999999,"services":[],"policies":[],"edge":{},"routes":[{"name":"r","hostnames":["*"],"rules":[{"name":"r","matches":[{"path":{"type":"PathPrefix","value":"/"},"headers":[],"queryParams":[]}],"backendRefs":[{"service":7,"weight":1,"policy":3}]}]}]}',
    ],
  ])("is refused when it is %s, and the last good one stays", async (_, body) => {
    const before = await stateOf(edge);
    const answer = await ask(edge, "/.heddle/mesh", { method: "PUT", body });
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
    expect(JSON.parse(answer.text)).toMatchObject({ stays: before.meshVersion });
    expect((await stateOf(edge)).meshVersion).toBe(before.meshVersion);
    expect((await ask(edge, "/", { host: "shop.test" })).status).toBe(200);
  });

  it("that is older than the one in force does not replace it", async () => {
    const before = await stateOf(edge);
    const older = { ...(await meshOf(config(gcp))), compiledAtMs: 1, version: "0000000000000001" };
    await ask(edge, "/.heddle/mesh", { method: "PUT", body: JSON.stringify(older) });
    expect((await stateOf(edge)).meshVersion).toBe(before.meshVersion);
  });

  it("may rename, add and remove services", async () => {
    await edge.putMesh(
      await meshOf(
        servicesByHost({ other: `endpoints: ${endpoints([gcp, aws])}`, shop: `endpoints: ${endpoints([gcp])}` }),
      ),
    );
    expect((await ask(edge, "/", { host: "other.test" })).status).toBe(200);
    expect(await answeredBy()).toBe("gcp");
    await edge.putMesh(await meshOf(servicesByHost({ other: `endpoints: ${endpoints([aws])}` })));
    expect((await ask(edge, "/", { host: "shop.test" })).status).toBe(404);
    expect((await ask(edge, "/", { host: "other.test" })).headers["x-origin"]).toBe("aws");
  });

  it("outlives the edge that got it, where state is kept", async () => {
    const stateDir = await own.folder();
    const first = await own.edge(config(aws), { stateDir });
    await first.putMesh(await meshOf(config(gcp)));
    await first.stop();
    const compiledBefore = { ...(await meshOf(config(aws))), compiledAtMs: 1 };
    const second = await own.edgeOf(compiledBefore, { stateDir });
    // The bundled mesh is older than the stored one: a sync tells, and the next requests go by the stored one.
    const seen: (string | undefined)[] = [];
    for (let round = 0; round < 100 && seen.at(-1) !== "gcp"; round++) {
      const answer = await ask(second, "/", { host: "shop.test" });
      expect(answer.status, answer.text).toBe(200);
      seen.push(answer.headers["x-origin"] as string);
      await new Promise((wake) => setTimeout(wake, 100));
    }
    expect(seen.at(-1), seen.join(" ")).toBe("gcp");
  });
});

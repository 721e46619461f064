import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeDirective,
  decodeEndpoints,
  decodeMeta,
  decodeOverrides,
  decodeSlice,
  encodeEndpoint,
  encodeEndpoints,
  encodeMeta,
  encodeOverrides,
  encodeSlice,
  restoreEndpoint,
} from "../../../../durable-objects/service-monitor/rows.ts";
import type { Service } from "../../../../src/core/mesh.ts";
import { createMonitor } from "../../../../src/core/monitor/monitor.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { endpointOf, httpCheck, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

const NOW_MS = 1_000_000;
const service = serviceOf("shop", [endpointOf("a", "http://a.invalid")], { healthChecks: [httpCheck()] });

const monitorOf = (of: Service) =>
  createMonitor({ mesh: meshOf([of]), service: of, scope: "weur", lifeId: "x", rng: seededRng(1), nowMs: NOW_MS });

function saved(): string {
  const monitor = monitorOf(service);
  const last = { ok: false, detail: "status 500", latencyMs: 4, atMs: NOW_MS };
  monitor.checks[0]![0] = { verdict: "down", against: 1, dueMs: NOW_MS + 5_000, last };
  monitor.coordinator.health[0] = 2;
  monitor.healthyAtMs[0] = NOW_MS - 7;
  return encodeEndpoint(monitor, 0);
}

describe("an endpoint's row", () => {
  it("brings its checks, verdict and model back", () => {
    const monitor = monitorOf(service);
    expect(restoreEndpoint(monitor, 0, saved(), NOW_MS)).toBe(true);
    expect(monitor.checks[0]![0]).toMatchObject({ verdict: "down", against: 1, dueMs: NOW_MS + 5_000 });
    expect([monitor.coordinator.health[0], monitor.healthyAtMs[0]]).toEqual([2, NOW_MS - 7]);
  });

  it("is nothing for an endpoint with another address", () => {
    const moved = monitorOf({ ...service, endpoints: [endpointOf("a", "http://b.invalid")] });
    expect(restoreEndpoint(moved, 0, saved(), NOW_MS)).toBe(false);
    expect(moved.coordinator.health[0]).toBe(0);
  });

  it("brings no check back that is configured otherwise now", () => {
    const monitor = monitorOf({ ...service, healthChecks: [httpCheck({ path: "/other" })] });
    expect(restoreEndpoint(monitor, 0, saved(), NOW_MS)).toBe(true);
    expect(monitor.checks[0]![0]!.verdict).toBe("unknown");
  });

  it("is left out when it is not understood, whatever it holds", () => {
    const row = JSON.parse(saved());
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(row)), (value, key) => {
        const monitor = monitorOf(service);
        const text = JSON.stringify({ ...row, [key]: value }) ?? "";
        expect(typeof restoreEndpoint(monitor, 0, text, NOW_MS)).toBe("boolean");
        expect(["unknown", "down"]).toContain(monitor.checks[0]![0]!.verdict);
      }),
    );
    expect(restoreEndpoint(monitorOf(service), 0, "{", NOW_MS)).toBe(false);
  });
});

describe("the other rows", () => {
  it.each([
    { target: { endpoint: "a" }, action: "drain", percent: 100, untilMs: Number.POSITIVE_INFINITY },
    { target: { cloud: "aws", region: "eu-west-1" }, action: "weight", percent: 250, untilMs: 60_000 },
  ] as const)("bring an override back: $action until $untilMs", (rest) => {
    const set = { revision: 7, overrides: [{ id: "one", atMs: 5, by: "ops", reason: "maintenance", ...rest }] };
    expect(decodeOverrides(encodeOverrides(set))).toEqual(set);
  });

  it.each([
    ["drain", null, Number.POSITIVE_INFINITY],
    ["force-healthy", 60_000, 60_000],
  ])("bring a word back as it was stored before: %s until %s", (action, stored, untilMs) => {
    const text = JSON.stringify({ action, atMs: 5, untilMs: stored, by: "ops" });
    expect(decodeDirective("a", text)).toMatchObject({
      target: { endpoint: "a" },
      action,
      atMs: 5,
      untilMs,
      by: "ops",
    });
  });

  it.each([
    "",
    "null",
    "{}",
    '{"action":"clear","atMs":1,"untilMs":null,"by":""}',
    '{"action":"drain","atMs":"1","untilMs":null,"by":""}',
  ])("are no word: %s", (text) => {
    expect(decodeDirective("a", text)).toBeNull();
  });

  it("bring endpoints and a mesh back, and nothing from what is none", () => {
    const row = { set: { revision: 3, endpoints: service.endpoints }, isDiscovered: true };
    expect(decodeEndpoints(encodeEndpoints(row))).toEqual(row);
    const { format, version, compiledAtMs, services } = meshOf([service]);
    const slice = { format, version, compiledAtMs, services };
    expect(decodeSlice(encodeSlice(slice))).toEqual(slice);
    expect([decodeEndpoints('{"set":{"revision":1}}'), decodeSlice('{"format":1}'), decodeOverrides("7")]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it("bring the object's own back, and nothing from what is none", () => {
    const meta = { name: "shop/weur", savedAtMs: 5, lastReportMs: null, regions: ["weur" as const] };
    expect(decodeMeta(encodeMeta(meta))).toEqual(meta);
    expect([decodeMeta("[]"), decodeMeta('{"name":7,"savedAtMs":1}')]).toEqual([null, null]);
  });
});

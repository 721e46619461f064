import { describe, expect, it } from "vitest";
import { endpointMood } from "../../../../../workers/control/dashboard/src/mesh/health.ts";
import type { MeshLook } from "../../../../../workers/control/dashboard/src/mesh/look.ts";
import { type Box, layOut } from "../../../../../workers/control/dashboard/src/mesh/topology-layout.ts";

const CLOUDS = ["aws", "gcp", "azure"];

/** - `ejected`: of the first service, the share of its endpoints that are out is one in three. */
function meshOf(services: number, ejected = false): MeshLook {
  const names = Array.from({ length: services }, (_, n) => `s${String(n).padStart(2, "0")}`);
  return {
    atMs: 0,
    services: names.map((name, n) => ({
      name,
      health: ejected && n === services - 1 ? "degraded" : "healthy",
      why: "",
      rps: services - n,
      successRatio: 1,
      p50Ms: null,
      p99Ms: null,
      problems: [],
      endpoints: CLOUDS.map((cloud) => ({
        id: `${name}-${cloud}`,
        mood: endpointMood({ id: cloud, health: "unknown", breaker: ejected && cloud === "aws" ? "open" : "closed" }),
        locality: { cloud, region: "", zone: "" },
        rps: 1,
        share: 1 / 3,
        p99Ms: null,
      })),
    })),
    regions: [{ name: "weur", rps: services }],
    routes: names.map((name) => ({ name: `to-${name}`, services: [name] })),
    flows: names.map((name, n) => ({ from: "weur", service: name, rps: services - n })),
    missing: [],
  };
}

const overlap = (a: Box, b: Box) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe("layOut", () => {
  it.each([
    [1, 1_000],
    [4, 1_000],
    [50, 1_000],
    [50, 2_000],
    [4, 328],
    [50, 328],
  ])("keeps %i services apart and inside %i pixels", (services, width) => {
    const { boxes, height } = layOut(meshOf(services), width);
    expect(boxes.filter((a, i) => boxes.some((b, j) => j > i && overlap(a, b)))).toEqual([]);
    expect(boxes.every(({ x, y, ...box }) => x >= 0 && x + box.width <= width + 1 && y + box.height <= height)).toBe(
      true,
    );
  });

  it("shows callers and routes where there is room for them", () => {
    const columnsAt = (width: number) => layOut(meshOf(2), width).columns.map(({ name }) => name);
    expect(columnsAt(1_000)).toEqual(["regions", "routes", "services", "endpoints"]);
    expect(columnsAt(700)).toEqual(["regions", "services", "endpoints"]);
    expect(columnsAt(328)).toEqual(["services", "endpoints"]);
  });

  it("shows the service that ails though it has the least traffic, and counts the rest", () => {
    const { boxes } = layOut(meshOf(50, true), 1_000);
    const services = boxes.filter(({ column }) => column === "services");
    expect(services[0]).toMatchObject({ label: "s49", word: "Degraded" });
    expect(services.at(-1)).toMatchObject({ label: "37 more", service: null });
    expect(
      boxes
        .filter(({ column }) => column === "endpoints")
        .map(({ label }) => label)
        .toSorted(),
    ).toEqual(CLOUDS.toSorted());
  });

  it("makes bands as wide as their traffic, and marks those to what is out", () => {
    const { bands } = layOut(meshOf(2, true), 1_000);
    const to = (name: string) => bands.find(({ key }) => key.endsWith(`/${name}`))!;
    expect(to("s00-gcp").width / to("s01-gcp").width).toBeCloseTo(2);
    expect([to("s00-aws").tone, to("s00-gcp").tone]).toEqual(["bad", "good"]);
  });

  it("draws thin lines where routes share a service, whose parts nobody counts", () => {
    const mesh = meshOf(1);
    const routes = [...mesh.routes, { name: "another", services: ["s00"] }];
    const { bands } = layOut({ ...mesh, routes }, 1_000);
    expect(bands.filter(({ key }) => key.includes("p another")).map(({ rps }) => rps)).toEqual([0, 0]);
  });
});

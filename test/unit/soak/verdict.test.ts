import { describe, expect, it } from "vitest";
import { conclude, type Findings, render } from "../../soak/verdict.ts";
import { ORIGINS, SERVICES } from "../../soak/world.ts";

const fair = Object.fromEntries(SERVICES.flatMap((service) => ORIGINS.map((origin) => [`${service} ${origin}`, 100])));
const stream = { name: "GET", seconds: 60, sent: 9_000, ok: 9_000, failed: 0, p50Ms: 5, p99Ms: 20, maxMs: 50 };
const failure = { stream: "GET", service: "shop", atMs: 1, tookMs: 1, status: 503, error: "", attempts: "" } as const;

const foundOf = (more: Partial<Findings> = {}): Findings => ({
  options: { seconds: 60, seed: 1, rps: 150 },
  events: [],
  failures: [],
  memory: [],
  sizes: [],
  stuck: [],
  streams: [stream as unknown as Findings["streams"][number]],
  attempts: fair,
  crashed: null,
  logged: [],
  stalls: 0,
  ownStalls: 0,
  ...more,
});

describe("the verdict on a soak", () => {
  const late = { failures: [{ ...failure, verdict: "lost" as const }], stuck: ["isolate 0 shop own: half-open"] };
  const starved = Array.from({ length: 100 }, () => ({ ...failure, verdict: "starved" as const }));

  it("is that it held, where nothing was lost and all came back", () => {
    expect(conclude(foundOf())).toMatchObject({ faults: [], unjudged: [], lost: 0 });
    expect(render(conclude(foundOf()))).toMatch(/\nheld$/);
  });

  it("counts what was lost and what is stuck against it, on a machine that kept up", () => {
    const { faults, unjudged } = conclude(foundOf({ ...late, stalls: 60 }));
    expect(faults).toEqual(["1 requests were lost", "stuck: isolate 0 shop own: half-open"]);
    expect(unjudged).toEqual([]);
  });

  it.each<[string, Partial<Findings>]>([
    ["that stalled again and again", { ...late, stalls: 300 }],
    ["that starved one request in a hundred", { ...late, failures: [...late.failures, ...starved] }],
  ])("leaves them undecided on a machine %s, and says so", (_, found) => {
    const result = conclude(foundOf(found));
    expect(result.faults).toEqual([]);
    expect(result.unjudged).toEqual(["1 requests were lost", "stuck: isolate 0 shop own: half-open"]);
    expect(render(result)).toContain("NOT JUDGED");
  });

  it("holds against it what follows from stalls of its own making, and requests that are lost in hundreds", () => {
    const own = conclude(foundOf({ failures: starved, ownStalls: 20, stalls: 10 }));
    expect(own.faults).toEqual(["100 requests failed around 20 stalls that were the edge's own"]);
    const lost = Array.from({ length: 200 }, () => ({ ...failure, verdict: "lost" as const }));
    const { faults } = conclude(foundOf({ failures: lost, stalls: 10_000 }));
    expect(faults).toEqual(["200 requests were lost, more than a busy machine makes a mesh lose"]);
  });

  it("holds a process that ended and objects that grew against it, whatever the machine did", () => {
    const sizes = [{ atMs: 1, objects: [{ object: "shop/weur", entries: 2_000, databaseBytes: 1 }] }];
    const { faults } = conclude(foundOf({ ...late, stalls: 10_000, crashed: "the last words", sizes }));
    expect(faults).toEqual([
      "workerd ended by itself:\nthe last words",
      "an object held 2000 entries, allowed are 1000",
    ]);
  });
});

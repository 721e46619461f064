import { describe, expect, it } from "vitest";
import { endpointMood, serviceHealth } from "../../../../../workers/control/dashboard/src/mesh/health.ts";

const mood = (health: "unknown" | "healthy" | "unhealthy" | "drained", breaker: "closed" | "open" | "half-open") =>
  endpointMood({ id: "a", health, breaker });
const lacking = (all: boolean, ...endpoints: readonly string[]) => [
  { detail: "credential partner: the secret KEY is absent", endpoints, all },
];

describe("endpointMood", () => {
  it.each([
    ["unknown", "closed", "Serving"],
    ["healthy", "half-open", "Recovering"],
    ["healthy", "open", "Ejected"],
    ["unhealthy", "closed", "Unhealthy"],
    ["drained", "open", "Drained"],
  ] as const)("calls %s with a breaker that is %s: %s", (health, breaker, word) => {
    expect(mood(health, breaker).word).toBe(word);
  });

  it.each([
    ["Blocked", "gets no requests", { health: "healthy" }, lacking(false, "a")],
    ["Blocked", "is one of too many to be told", { health: "healthy" }, lacking(true)],
    ["Serving", "is none of those that get no requests", { health: "healthy" }, lacking(false, "b")],
    ["Drained", "is blocked, and an operator took it out", { health: "drained" }, lacking(false, "a")],
  ] as const)("says %s of one that %s", (word, _, { health }, problems) => {
    expect(endpointMood({ id: "a", health, breaker: "closed" }, problems).word).toBe(word);
  });
});

describe("serviceHealth", () => {
  const [serving, ejected, drained] = [mood("unknown", "closed"), mood("unknown", "open"), mood("drained", "closed")];
  const of = (moods: readonly (typeof serving)[], rps = 10, successRatio: number | null = 1) =>
    serviceHealth({ rps, successRatio, endpoints: moods.map((one, n) => ({ id: `e${n}`, mood: one })) });

  it.each([
    ["healthy", "all serve", of([serving, serving])],
    ["idle", "nobody calls", of([serving], 0, null)],
    ["degraded", "one is ejected", of([serving, ejected])],
    ["degraded", "callers suffer though all serve", of([serving], 10, 0.97)],
    ["down", "none serves", of([ejected, drained])],
    ["down", "most attempts fail", of([serving], 10, 0.4)],
  ] as const)("is %s when %s", (expected, _, { health }) => {
    expect(health).toBe(expected);
  });

  it("stays healthy when an operator took some out, and says so", () => {
    expect(of([serving, drained])).toEqual({ health: "healthy", why: "e1 drained" });
  });

  it("is down for want of a secret, with its name, however well its endpoints are", () => {
    const endpoints = [{ id: "a", mood: serving }];
    const judged = serviceHealth({ rps: 0, successRatio: null, endpoints, problems: lacking(true, "a") });
    expect(judged).toEqual({ health: "down", why: "credential partner: the secret KEY is absent" });
  });

  it("is degraded when some endpoints get no requests", () => {
    const [a, b] = [endpointMood({ id: "a", health: "healthy", breaker: "closed" }, lacking(false, "a")), serving];
    const endpoints = [
      { id: "a", mood: a },
      { id: "b", mood: b },
    ];
    const judged = serviceHealth({ rps: 10, successRatio: 1, endpoints, problems: lacking(false, "a") });
    expect(judged).toEqual({
      health: "degraded",
      why: "a blocked; credential partner: the secret KEY is absent",
    });
  });

  it("counts many instead of naming them", () => {
    expect(of([serving, ejected, ejected, ejected, ejected]).why).toBe("4 endpoints ejected");
  });
});

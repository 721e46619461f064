/**
 * The whole loop in virtual time, over the product's own modules: isolates that draw, report and obey; a coordinator that
 * merges and publishes; endpoints that answer, refuse or hang. Small enough for every test run; the real referee is
 * test/simulation.
 */
import { describe, expect, it } from "vitest";
import {
  type Coordinator,
  createCoordinator,
  drainEvents,
  lendProbes,
  mergeReport,
  projectRegion,
} from "../../../src/core/health/coordinator.ts";
import type { OutcomeClass } from "../../../src/core/outcome.ts";
import type { ProbeLease } from "../../../src/core/protocol.ts";
import { seededRng } from "../../../src/core/rng.ts";
import {
  admit,
  applySnapshot,
  createServiceState,
  mayRetry,
  NO_ENDPOINT,
  onAttemptEnd,
  onAttemptStart,
  pickEndpoint,
  type ServiceState,
  syncDelayMs,
  takeReport,
} from "../../../src/core/service-state.ts";
import { simService } from "../../simulation/sim-service.ts";

const ISOLATES = 20;
const RPS = 400;
const TIMEOUT_MS = 1_000;
/** From isolate to object and back. */
const WAY_MS = 20;

type Health = "well" | "refusing" | "hanging";

interface Seen {
  readonly atMs: number;
  readonly endpoint: number;
  readonly first: boolean;
  readonly lease: ProbeLease | null;
}

class Loop {
  readonly health: Health[] = ["well", "well", "well"];
  readonly attempts: Seen[] = [];
  failed = 0;
  requests = 0;
  nowMs = 0;
  readonly coordinator: Coordinator;
  readonly #rng = seededRng(42);
  readonly #isolates: { state: ServiceState; flushing: boolean }[];
  #events: { atMs: number; run: () => void }[] = [];

  constructor() {
    const service = simService(["a", "b", "c"].map((id) => ({ id, cloud: id, loc: 0, weight: 1 })));
    const rng = this.#rng;
    this.coordinator = createCoordinator({ service, regions: ["weur"], rng, nowMs: 0 });
    this.#isolates = Array.from({ length: ISOLATES }, () => ({
      state: createServiceState({ service, region: "weur", rng, nowMs: 0 }),
      flushing: false,
    }));
  }

  /** Runs until the given time with requests arriving at random. */
  run(untilMs: number): void {
    this.#arrive();
    while (this.#events.length > 0) {
      let next = 0;
      for (let i = 1; i < this.#events.length; i++) if (this.#events[i]!.atMs < this.#events[next]!.atMs) next = i;
      const event = this.#events[next]!;
      if (event.atMs > untilMs) break;
      this.#events.splice(next, 1);
      this.nowMs = event.atMs;
      event.run();
    }
    this.nowMs = untilMs;
    // Only arrivals end with the run; what is under way goes on in the next one.
    this.#events = this.#events.filter(({ run }) => run !== this.#arrival);
  }

  /** Share of first attempts that went to an endpoint, and its attempts without a lease, between two moments. */
  share(endpoint: number, fromMs: number, toMs: number): number {
    const first = this.attempts.filter(({ atMs, first }) => first && atMs >= fromMs && atMs < toMs);
    return first.filter((seen) => seen.endpoint === endpoint).length / first.length;
  }

  readonly #arrival = () => {
    this.#request();
    this.#arrive();
  };

  #arrive(): void {
    this.#at(this.nowMs - (Math.log(1 - this.#rng()) * 1_000) / RPS, this.#arrival);
  }

  #at(atMs: number, run: () => void): void {
    this.#events.push({ atMs, run });
  }

  #request(): void {
    const isolate = this.#isolates[Math.floor(this.#rng() * ISOLATES)]!;
    this.requests++;
    if (admit(isolate.state, { nowMs: this.nowMs, rng: this.#rng, requestClass: "" }) !== null) this.failed++;
    else this.#attempt(isolate, null);
  }

  #attempt(isolate: { state: ServiceState; flushing: boolean }, tried: number[] | null): void {
    const { state } = isolate;
    const startMs = this.nowMs;
    const endpoint = pickEndpoint(state, { nowMs: startMs, rng: this.#rng, hashKey: "", tried });
    if (endpoint === NO_ENDPOINT) {
      this.failed++;
      return;
    }
    const lease = state.pickedLease;
    this.attempts.push({ atMs: startMs, endpoint, first: tried === null, lease });
    onAttemptStart(state, endpoint, startMs);
    this.#sync(isolate, "request");
    const health = this.health[endpoint]!;
    const outcome: OutcomeClass = health === "well" ? "ok" : health === "refusing" ? "connect-failure" : "timeout";
    const takesMs = health === "well" ? 20 + 20 * this.#rng() : health === "refusing" ? 5 : TIMEOUT_MS;
    this.#at(startMs + takesMs, () => {
      const isRetry = tried !== null;
      const nowMs = this.nowMs;
      const ended = { outcome, status: 0, latencyMs: takesMs, nowMs, isRetry, isHedge: false, retryAfterMs: 0 };
      onAttemptEnd(state, endpoint, ended, lease);
      this.#sync(isolate, outcome === "ok" ? "result" : "failure");
      if (outcome === "ok") return;
      const attempted = [...(tried ?? []), endpoint];
      const may = attempted.length < 3 && mayRetry(state, { nowMs, rng: this.#rng, hadLease: lease !== null });
      if (may) this.#attempt(isolate, attempted);
      else this.failed++;
    });
  }

  #sync(isolate: { state: ServiceState; flushing: boolean }, why: "request" | "result" | "failure"): void {
    const delayMs = syncDelayMs(isolate.state, this.nowMs, why);
    if (delayMs < 0 || isolate.flushing) return;
    isolate.flushing = true;
    this.#at(this.nowMs + delayMs, () => {
      isolate.flushing = false;
      const report = takeReport(isolate.state, this.nowMs);
      this.#at(this.nowMs + WAY_MS, () => {
        const atMs = this.nowMs;
        mergeReport(this.coordinator, 0, report, atMs);
        const leases = lendProbes(this.coordinator, 0, atMs);
        const rest = { v: 1, service: "sim", meshVersion: "", memoryAgeMs: atMs, reporters: ISOLATES };
        const known = { inFlight: [0, 0, 0], load: [-1, -1, -1] };
        const snapshot = { ...rest, ...known, atMs, leases, ...projectRegion(this.coordinator, 0, atMs) };
        this.#at(atMs + WAY_MS, () => applySnapshot(isolate.state, snapshot, this.nowMs));
      });
    });
  }
}

describe("the closed loop", () => {
  it.each<[Health, number]>([
    ["refusing", 0.01],
    ["hanging", 0.01],
  ])("takes a %s endpoint out within two seconds, and every request is answered", (health, most) => {
    const loop = new Loop();
    loop.run(10_000);
    expect(loop.share(0, 5_000, 10_000)).toBeGreaterThan(0.15);
    loop.health[0] = health;
    loop.run(20_000);
    expect(loop.share(0, 12_000, 20_000)).toBeLessThan(most);
    expect(loop.failed).toBe(0);
    const opened = drainEvents(loop.coordinator).filter(({ type }) => type === "opened");
    expect(opened[0]).toMatchObject({ endpoint: "a" });
    expect(opened[0]!.atMs).toBeLessThan(12_000);
  });

  it("sends a dead endpoint lent probes only, counted, and nobody holds more than were lent", () => {
    const loop = new Loop();
    loop.run(10_000);
    loop.health[0] = "refusing";
    loop.run(40_000);
    const later = loop.attempts.filter(({ atMs, endpoint }) => endpoint === 0 && atMs > 12_000);
    expect(later.length).toBeGreaterThan(2);
    expect(later.every(({ lease }) => lease !== null)).toBe(true);
    const byGeneration = new Map<number, number>();
    for (const { lease } of later) {
      const { generation } = lease!;
      byGeneration.set(generation, (byGeneration.get(generation) ?? 0) + 1);
    }
    // At most three unanswered at once; the first bad answer ends the round.
    for (const probes of byGeneration.values()) expect(probes).toBeLessThanOrEqual(3);
  });

  it("brings a recovered endpoint back through probes and a growing share, with no request failed", () => {
    const loop = new Loop();
    loop.run(10_000);
    loop.health[0] = "hanging";
    loop.run(20_000);
    loop.health[0] = "well";
    loop.run(60_000);
    const closed = drainEvents(loop.coordinator).find(({ type, atMs }) => type === "closed" && atMs > 20_000);
    // The ejection that was running ends within its maximum of ten seconds.
    expect(closed!.atMs).toBeLessThan(33_000);
    expect(loop.share(0, closed!.atMs, closed!.atMs + 500)).toBeLessThan(0.15);
    expect(loop.share(0, 50_000, 60_000)).toBeGreaterThan(0.15);
    expect(loop.failed).toBe(0);
  });

  it("is the same for the same seed", () => {
    const runs = [new Loop(), new Loop()];
    for (const loop of runs) loop.run(3_000);
    expect(runs[0]!.attempts).toEqual(runs[1]!.attempts);
  });
});

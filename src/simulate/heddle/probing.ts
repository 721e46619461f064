/** The probes of one object in virtual time, at most six at once, as durable-objects/service-monitor/probe-pool.ts runs them. */
import { dueProbes, MAX_PROBES_IN_FLIGHT, nextProbeMs, type ProbeTask } from "../../core/health/active-schedule.ts";
import { onProbeOutcome } from "../../core/monitor/health-sources.ts";
import type { Monitor } from "../../core/monitor/monitor.ts";
import type { MonitorObject } from "./monitor-object.ts";

/** No new probe is started after so long in one alarm. */
const MAX_RUN_MS = 20_000;

/** Mutable. */
export interface Probing {
  readonly running: Set<string>;
  endMs: number;
  /** Of the waiting for the next one that is due; earlier ones are outdated. */
  waits: number;
}

export function createProbing(): Probing {
  return { running: new Set(), endMs: 0, waits: 0 };
}

export function isInFlight({ running }: Probing, { endpoint, check }: ProbeTask): boolean {
  return running.has(`${endpoint}/${check}`);
}

/** Probes until nothing is due and nothing in flight, then calls `done`. */
export function runProbes(object: MonitorObject, done: (object: MonitorObject) => void): void {
  object.probing.endMs = object.world.nowMs() + MAX_RUN_MS;
  step(object, done);
}

function step(object: MonitorObject, done: (object: MonitorObject) => void): void {
  const { probing, monitor, world } = object;
  const nowMs = world.nowMs();
  const isBusy = (task: ProbeTask) => isInFlight(probing, task);
  probing.waits += 1;
  const free = nowMs < probing.endMs ? MAX_PROBES_IN_FLIGHT - probing.running.size : 0;
  if (free > 0) for (const task of dueProbes(monitor.checks, isBusy, nowMs, free)) start(object, monitor, task, done);
  if (probing.running.size === 0) {
    done(object);
    return;
  }
  if (free === 0 || probing.running.size >= MAX_PROBES_IN_FLIGHT) return;
  const waitMs = nextProbeMs(monitor.checks, isBusy) - nowMs;
  if (waitMs === Number.POSITIVE_INFINITY) return;
  world.after(
    waitMs,
    (_: null, wait: number) => {
      if (wait === probing.waits) step(object, done);
    },
    null,
    probing.waits,
  );
}

function start(object: MonitorObject, monitor: Monitor, task: ProbeTask, done: (object: MonitorObject) => void): void {
  const { world, probing, open, service, region } = object;
  const { type, timeoutMs } = monitor.service.healthChecks[task.check]!;
  const key = `${task.endpoint}/${task.check}`;
  probing.running.add(key);
  const { endpoint } = task;
  world.probe({ open, from: region, service, endpoint, type, timeoutMs }, (ok, latencyMs) => {
    probing.running.delete(key);
    const atMs = world.nowMs();
    const detail = ok ? "answered" : "no good answer";
    // Outcomes for a monitor of a former mesh are dropped.
    if (object.monitor === monitor) onProbeOutcome(monitor, task, { ok, detail, latencyMs, atMs }, atMs);
    step(object, done);
  });
}

/**
 * Three sources of health, one verdict: what active checks found, what the regions together say, and what an operator
 * told. (Passive evidence, the fourth thing isolates see, moves the breakers inside the coordinator.) An operator's word
 * is above the others; see verdicts.ts for how regions agree.
 */
import { type CheckState, healthOf, onProbe, type ProbeOutcome } from "../health/active-check.ts";
import type { ProbeTask } from "../health/active-schedule.ts";
import { setFactor, setHealth } from "../health/coordinator.ts";
import { isServing } from "../health/coordinator-state.ts";
import { type QuorumVerdict, quorumOf, regionalHealth, VERDICT_FRESH_MS } from "../health/verdicts.ts";
import { readDecayed } from "../load/decayed-sum.ts";
import type { HealthCode } from "../protocol.ts";
import { addCount } from "../traffic/series.ts";
import { stepDrains } from "./drain.ts";
import { type Monitor, markDirty } from "./monitor.ts";
import { recordEvent } from "./monitor-event.ts";
import { freshRow } from "./root-link.ts";
import { wordOf } from "./told.ts";

/** What the object's own active checks say of an endpoint. */
export function checkedHealth(monitor: Monitor, endpoint: number): HealthCode {
  return healthOf(monitor.service.healthChecks, monitor.checks[endpoint]!);
}

/** What the regions together say, as far as this object knows; null in a region that goes by its own view. */
export function quorumFor(monitor: Monitor, endpoint: number, nowMs: number): QuorumVerdict | null {
  if (monitor.link === null) {
    return quorumOf(
      [...monitor.verdicts].map(([region, heard]) => ({
        region,
        health: heard.health[endpoint] as HealthCode,
        good: heard.good[endpoint]!,
        failed: heard.failed[endpoint]!,
        atMs: heard.atMs,
      })),
      nowMs,
    );
  }
  const row = freshRow(monitor.link, nowMs);
  const at = row?.view.ids.indexOf(monitor.coordinator.ids[endpoint]!) ?? -1;
  return row === null || at < 0 ? null : { health: row.quorum[at]!, down: row.down[at]!, opinions: row.opinions[at]! };
}

/** What was told of an endpoint's health, here or at the root; null for nothing. The root's last word stands though it is silent. */
export function toldFor(monitor: Monitor, endpoint: number, nowMs: number): HealthCode | null {
  return wordOf(monitor, endpoint, nowMs).health;
}

/**
 * An endpoint's health as the regional object told its shard last. It ends with its freshness, since nobody here could take
 * it back.
 */
function healthFromRegion(shard: Monitor, endpoint: number, nowMs: number): HealthCode {
  const { row, rowAtMs } = shard.link!;
  if (row === null || nowMs - rowAtMs > VERDICT_FRESH_MS) return 0;
  const at = row.view.ids.indexOf(shard.coordinator.ids[endpoint]!);
  return at < 0 ? 0 : row.view.health[at]!;
}

/** The verdict of all sources on an endpoint. A read. */
export function verdictOn(monitor: Monitor, endpoint: number, nowMs: number): HealthCode {
  return toldFor(monitor, endpoint, nowMs) ?? observedOn(monitor, endpoint, nowMs);
}

/** The same as if no operator had said anything; in a shard, what its region made of it. A read. */
export function observedOn(monitor: Monitor, endpoint: number, nowMs: number): HealthCode {
  if (monitor.shard !== null) return healthFromRegion(monitor, endpoint, nowMs);
  const quorum = quorumFor(monitor, endpoint, nowMs);
  if (monitor.link === null) return quorum?.health ?? 0;
  const good = readDecayed(monitor.good, endpoint, nowMs);
  const failed = readDecayed(monitor.failed, endpoint, nowMs);
  return regionalHealth(checkedHealth(monitor, endpoint), good, failed, quorum);
}

/** Puts the verdict on an endpoint into force. */
export function applyHealth(monitor: Monitor, endpoint: number, nowMs: number): void {
  const code = verdictOn(monitor, endpoint, nowMs);
  setFactor(monitor.coordinator, endpoint, wordOf(monitor, endpoint, nowMs).percent / 100, nowMs);
  if (monitor.coordinator.health[endpoint] === code) return;
  setHealth(monitor.coordinator, endpoint, code, nowMs);
  markDirty(monitor, endpoint, nowMs);
}

/** The same for every endpoint: after an exchange, and as time passes (overrides end, drains are over). */
export function applyAllHealth(monitor: Monitor, nowMs: number): void {
  for (let endpoint = 0; endpoint < monitor.service.endpoints.length; endpoint++) applyHealth(monitor, endpoint, nowMs);
  stepDrains(monitor, nowMs);
}

/** Takes in the outcome of a probe. A passed one lets the coordinator lend probes with traffic again. */
export function onProbeOutcome(monitor: Monitor, task: ProbeTask, outcome: ProbeOutcome, nowMs: number): void {
  const check = monitor.service.healthChecks[task.check]!;
  const before = monitor.checks[task.endpoint]![task.check]!;
  const after = onProbe(before, outcome, check, monitor.rng);
  monitor.checks[task.endpoint]![task.check] = after;
  if (outcome.unsent) return;
  addCount(monitor.series, "checks", [monitor.coordinator.ids[task.endpoint]!, outcome.ok ? "ok" : "failed"], 1, nowMs);
  if (outcome.ok) monitor.healthyAtMs[task.endpoint] = nowMs;
  if (before.verdict !== after.verdict) {
    const { detail } = outcome;
    const endpoint = monitor.coordinator.ids[task.endpoint]!;
    const change = { type: "check", check: task.check, from: before.verdict, to: after.verdict, detail } as const;
    recordEvent(monitor, { atMs: nowMs, endpoint, ...change });
    if (monitor.link !== null) monitor.link.unsaid = true;
    markDirty(monitor, task.endpoint, nowMs);
  }
  applyHealth(monitor, task.endpoint, nowMs);
  if (outcome.ok && monitor.coordinator.health[task.endpoint] === 1)
    setHealth(monitor.coordinator, task.endpoint, 1, nowMs);
}

/** Probing is resumed after a pause: verdicts older than `maxAgeMs` are forgotten, so that one good probe is enough again. */
export function forgetOldChecks(monitor: Monitor, maxAgeMs: number, nowMs: number): void {
  for (const states of monitor.checks) {
    for (const [i, state] of states.entries()) {
      if (state.last === null || nowMs - state.last.atMs <= maxAgeMs) continue;
      const forgotten: CheckState = { verdict: "unknown", against: 0, dueMs: nowMs, last: state.last };
      states[i] = forgotten;
    }
  }
}

/** Whether an endpoint would serve if no operator had said anything: checks, regions and breakers have nothing against it. A read. */
export function isWell(monitor: Monitor, endpoint: number, nowMs: number): boolean {
  const { coordinator } = monitor;
  return coordinator.breakers[endpoint]!.state === "closed" && isServing(observedOn(monitor, endpoint, nowMs));
}

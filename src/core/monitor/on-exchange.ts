/**
 * Both ends of the exchange between a regional object and the root: the message out, the answer, the row back in. Of the
 * one between a shard and its regional object, the shard's end; on-shard.ts has the rest.
 */
import { lendProbes, projectRegion, setHealth } from "../health/coordinator.ts";
import { onDelivery } from "../health/reporter-window.ts";
import { VERDICT_FRESH_MS } from "../health/verdicts.ts";
import { readDecayed } from "../load/decayed-sum.ts";
import { inFlightOf } from "../load/in-flight.ts";
import type { HealthCode, ReportDelta } from "../protocol.ts";
import { REGIONS, type Region } from "../region.ts";
import { takeWord } from "../rollout/word.ts";
import { hearIdle, idleMs } from "./drain.ts";
import { EXCHANGE_VERSION, type ExchangeMessage, type RootRow, type ShardWord } from "./exchange-message.ts";
import { applyAllHealth, checkedHealth, quorumFor, toldFor } from "./health-sources.ts";
import { minuteOf } from "./minute.ts";
import { emptyVerdicts, type HeardTraffic, type Monitor, noteRegion, revisionOf } from "./monitor.ts";
import { collectEvents } from "./monitor-event.ts";
import { mergeDelta } from "./on-report.ts";
import { followRegion } from "./on-shard.ts";
import { onRow, type RootLink } from "./root-link.ts";
import { reportersHeard } from "./snapshot.ts";
import { hearOverrides, percentColumn } from "./told.ts";

/** What a region or a shard has to say now. A read; the delta and its number come from the link. */
export function messageOf(
  monitor: Monitor,
  link: RootLink,
  sent: { readonly seq: number; readonly delta: ReportDelta },
  nowMs: number,
): ExchangeMessage {
  const indices = [...monitor.service.endpoints.keys()];
  return {
    v: EXCHANGE_VERSION,
    service: monitor.service.name,
    meshVersion: monitor.meshVersion,
    region: monitor.scope as Region,
    reporter: link.reporter,
    seq: sent.seq,
    delta: sent.delta,
    ids: monitor.coordinator.ids,
    health: indices.map((endpoint) => checkedHealth(monitor, endpoint)),
    healthyAgoMs: indices.map((endpoint) => {
      const atMs = monitor.healthyAtMs[endpoint]!;
      return Number.isFinite(atMs) ? Math.max(0, nowMs - atMs) : -1;
    }),
    good: indices.map((endpoint) => readDecayed(monitor.good, endpoint, nowMs)),
    failed: indices.map((endpoint) => readDecayed(monitor.failed, endpoint, nowMs)),
    shard: monitor.shard === null ? null : shardWord(monitor, monitor.shard, nowMs),
    idleMs: indices.map((endpoint) => {
      const ms = idleMs(monitor, endpoint, nowMs);
      return Number.isFinite(ms) ? ms : -1;
    }),
    ...(monitor.shard === null && {
      overridesRevision: monitor.above?.set.revision ?? 0,
      traffic: trafficOf(monitor, nowMs),
    }),
  };
}

/** What the region has to do. */
function trafficOf(monitor: Monitor, nowMs: number): HeardTraffic {
  const { byId, sinceMs } = monitor.traffic;
  const { rps, successRatio } = minuteOf(
    [...byId.values()].map(({ minute }) => minute),
    sinceMs,
    nowMs,
  );
  return { reporters: reportersHeard(monitor, nowMs), rps, failedRps: rps * (1 - (successRatio ?? 1)) };
}

function shardWord(monitor: Monitor, index: number, nowMs: number): ShardWord {
  const inFlight = monitor.coordinator.ids.map((id) => inFlightOf(monitor.inFlight, id));
  return { index, reporters: reportersHeard(monitor, nowMs), inFlight };
}

/**
 * The root takes in a region's message, its delta once however often it is delivered, and answers with that region's row.
 * Linear in regions × endpoints.
 */
export function onMessage(root: Monitor, message: ExchangeMessage, nowMs: number): RootRow {
  const region = REGIONS.indexOf(message.region);
  const delivery = onDelivery(root.windows, message.reporter, message.seq, nowMs);
  root.lastReportMs = nowMs;
  noteRegion(root, message.region, nowMs);
  hear(root, message, nowMs);
  applyAllHealth(root, nowMs);
  if (delivery === "new") mergeDelta(root, region, message.delta, nowMs);
  collectEvents(root);
  return rowFor(root, region, message.overridesRevision, nowMs);
}

function hear(root: Monitor, message: ExchangeMessage, nowMs: number): void {
  const heard = emptyVerdicts(root.service.endpoints.length, nowMs, message.traffic ?? null);
  hearIdle(root, message, nowMs);
  for (const [i, id] of message.ids.entries()) {
    const endpoint = root.coordinator.indexOf.get(id);
    if (endpoint === undefined) continue;
    heard.health[endpoint] = message.health[i]!;
    heard.good[endpoint] = message.good[i]!;
    heard.failed[endpoint] = message.failed[i]!;
    const agoMs = message.healthyAgoMs[i]!;
    if (agoMs < 0) continue;
    heard.healthyAtMs[endpoint] = nowMs - agoMs;
    notePassedCheck(root, endpoint, nowMs - agoMs, nowMs);
  }
  root.verdicts.set(message.region, heard);
}

/** A check passed since the endpoint's breaker opened: the coordinator may lend probes again. */
function notePassedCheck(root: Monitor, endpoint: number, passedAtMs: number, nowMs: number): void {
  root.healthyAtMs[endpoint] = Math.max(root.healthyAtMs[endpoint]!, passedAtMs);
  const { breakers, health, healthyAtMs } = root.coordinator;
  const breaker = breakers[endpoint]!;
  if (health[endpoint] !== 1 || breaker.state === "closed") return;
  if (passedAtMs > Math.max(breaker.sinceMs, healthyAtMs[endpoint]!)) setHealth(root.coordinator, endpoint, 1, nowMs);
}

function rowFor(root: Monitor, region: number, overridesRevision: number | undefined, nowMs: number): RootRow {
  const indices = [...root.service.endpoints.keys()];
  const quorums = indices.map((endpoint) => quorumFor(root, endpoint, nowMs)!);
  const regions = regionsHeard(root, nowMs);
  return {
    v: EXCHANGE_VERSION,
    meshVersion: root.meshVersion,
    atMs: nowMs,
    regions,
    view: projectRegion(root.coordinator, region, nowMs),
    told: indices.map((endpoint): HealthCode => toldFor(root, endpoint, nowMs) ?? 0),
    quorum: quorums.map(({ health }) => health),
    down: quorums.map(({ down }) => down),
    opinions: quorums.map(({ opinions }) => opinions),
    leases: regions > 1 ? lendProbes(root.coordinator, region, nowMs) : [],
    region: null,
    ...(root.rollouts.size > 0 && { rollouts: [...root.rollouts.values()] }),
    ...percentColumn(root, nowMs),
    ...(revisionOf(root) > 0 && { endpointsRevision: revisionOf(root) }),
    overridesRevision: root.overrides.set.revision,
    ...(overridesRevision !== undefined &&
      overridesRevision !== root.overrides.set.revision && { overrides: root.overrides.set }),
  };
}

/** How many regions the root heard lately. */
export function regionsHeard(root: Monitor, nowMs: number): number {
  let heard = 0;
  for (const { atMs } of root.verdicts.values()) if (nowMs - atMs <= VERDICT_FRESH_MS) heard++;
  return heard;
}

/** Puts what the object above answered into force; null: the answer was not understood. */
export function onAnswer(monitor: Monitor, link: RootLink, row: RootRow | null, nowMs: number): void {
  onRow(link, row, nowMs);
  for (const word of row?.rollouts ?? []) takeWord(monitor.rollouts, word);
  if (row !== null && monitor.shard !== null) followRegion(monitor, row, nowMs);
  if (row !== null && monitor.shard === null) {
    if (row.overridesRevision === undefined) monitor.above = null;
    if (row.overrides !== undefined) hearOverrides(monitor, row.overrides);
  }
  applyAllHealth(monitor, nowMs);
}

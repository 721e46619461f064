/**
 * A service's Durable Object in virtual time: what durable-objects/service-monitor does around src/core/monitor (messages,
 * the exchange with the root, alarms, flushes), with messages and alarms as events. Storage is only counted.
 */

import type { Mesh } from "../../core/mesh.ts";
import { adoptMesh } from "../../core/monitor/adopt-mesh.ts";
import { flushDueMs, isProbing, nextAlarmMs, seriesDueMs } from "../../core/monitor/alarm-plan.ts";
import type { ExchangeMessage, RootRow } from "../../core/monitor/exchange-message.ts";
import { applyAllHealth } from "../../core/monitor/health-sources.ts";
import { createMonitor, type Monitor } from "../../core/monitor/monitor.ts";
import { messageOf, onAnswer, onMessage } from "../../core/monitor/on-exchange.ts";
import { hurryChecks, onReport, onTick } from "../../core/monitor/on-report.ts";
import { EXCHANGE_MS, exchangeDueMs, onSendFailure, startSending } from "../../core/monitor/root-link.ts";
import { answer } from "../../core/monitor/snapshot.ts";
import type { Report, Snapshot } from "../../core/protocol.ts";
import type { Region } from "../../core/region.ts";
import { onStored } from "../../core/traffic/series.ts";
import type { ContenderWorld, PlatformUsage } from "../contender.ts";
import type { OpenMesh } from "../world/open-mesh.ts";
import { createProbing, isInFlight, type Probing, runProbes } from "./probing.ts";
import { createOutbox, type Outbox, takeTransitions } from "./transitions.ts";

/** The root has so long to answer. */
const EXCHANGE_TIMEOUT_MS = 5_000;

/** Mutable. */
export interface MonitorObject {
  readonly world: ContenderWorld;
  readonly usage: PlatformUsage;
  /** Where it runs. */
  readonly region: Region;
  /** Null for the root. */
  readonly root: (() => MonitorObject) | null;
  readonly service: number;
  monitor: Monitor;
  open: OpenMesh;
  readonly probing: Probing;
  readonly outbox: Outbox;
  alarmAtMs: number;
  /** Of the alarm that counts; earlier ones were replaced. */
  alarms: number;
  isExchangeTimed: boolean;
}

export interface MonitorObjectInput {
  readonly world: ContenderWorld;
  readonly usage: PlatformUsage;
  readonly open: OpenMesh;
  readonly service: number;
  readonly region: Region;
  readonly root: (() => MonitorObject) | null;
  /** Tells this object's chance from the others'. */
  readonly number: number;
}

export function createMonitorObject(input: MonitorObjectInput): MonitorObject {
  const { world, usage, open, service, region, root, number } = input;
  usage.objects += 1;
  const scope = root === null ? "root" : region;
  const monitor = createMonitor({
    mesh: open.mesh,
    service: open.mesh.services[service]!,
    scope,
    lifeId: String(number),
    rng: world.rng(number),
    nowMs: world.nowMs(),
  });
  applyAllHealth(monitor, world.nowMs());
  const probing = createProbing();
  const outbox = createOutbox(world, scope);
  const rest = { alarmAtMs: Number.POSITIVE_INFINITY, alarms: 0, isExchangeTimed: false };
  return { world, usage, region, root, service, monitor, open, probing, outbox, ...rest };
}

/** An isolate's report; the answer is for it alone. */
export function receiveReport(object: MonitorObject, report: Report): Snapshot {
  const { monitor, world } = object;
  const nowMs = world.nowMs();
  onReport(monitor, report, nowMs);
  const snapshot = answer(monitor, nowMs);
  plan(object, nowMs);
  return snapshot;
}

/** A new mesh is there: endpoints that stay keep their state. */
export function runMesh(object: MonitorObject, open: OpenMesh): void {
  const nowMs = object.world.nowMs();
  object.open = open;
  object.monitor = adoptMesh(object.monitor, open.mesh as Mesh, open.mesh.services[object.service]!, nowMs);
  applyAllHealth(object.monitor, nowMs);
}

/** Starts what is due, and sets the alarm when it has to come sooner. */
function plan(object: MonitorObject, nowMs: number): void {
  const { monitor, probing, world, usage, outbox } = object;
  takeTransitions(outbox, monitor);
  if (isProbing(monitor, nowMs)) hurryChecks(monitor);
  exchangeWhenDue(object, nowMs);
  const wantedMs = nextAlarmMs(monitor, (task) => isInFlight(probing, task), nowMs);
  if (wantedMs >= object.alarmAtMs) return;
  object.alarmAtMs = wantedMs;
  object.alarms += 1;
  usage.rowsWritten += 1;
  world.after(wantedMs - nowMs, onAlarm, object, object.alarms);
}

function onAlarm(object: MonitorObject, number: number): void {
  if (number !== object.alarms) return;
  const { world, usage } = object;
  object.alarmAtMs = Number.POSITIVE_INFINITY;
  usage.alarms += 1;
  if (isProbing(object.monitor, world.nowMs())) runProbes(object, afterProbes);
  else afterProbes(object);
}

function afterProbes(object: MonitorObject): void {
  const { world, usage, monitor } = object;
  const nowMs = world.nowMs();
  onTick(monitor, nowMs);
  if (flushDueMs(monitor) <= nowMs) {
    for (const dirty of monitor.dirty) usage.rowsWritten += dirty;
    monitor.dirty.fill(0);
    monitor.dirtySinceMs = Number.POSITIVE_INFINITY;
  }
  if (seriesDueMs(monitor) <= nowMs) {
    usage.rowsWritten += 1;
    onStored(monitor.series, nowMs);
  }
  plan(object, nowMs);
}

function exchangeWhenDue(object: MonitorObject, nowMs: number): void {
  const { monitor, world } = object;
  if (monitor.link === null) return;
  const waitMs = exchangeDueMs(monitor.link, monitor.service.circuitBreaker.normalFailureRatio, nowMs) - nowMs;
  if (waitMs <= 0) startExchange(object, nowMs);
  else if (waitMs <= EXCHANGE_MS && !object.isExchangeTimed) {
    object.isExchangeTimed = true;
    world.after(waitMs, onExchangeDue, object);
  }
}

function onExchangeDue(object: MonitorObject): void {
  object.isExchangeTimed = false;
  exchangeWhenDue(object, object.world.nowMs());
}

interface Exchange {
  readonly object: MonitorObject;
  readonly message: ExchangeMessage;
  readonly wayMs: number;
  row: RootRow | null;
}

function startExchange(object: MonitorObject, nowMs: number): void {
  const { monitor, world, usage } = object;
  const link = monitor.link!;
  const message = messageOf(monitor, link, startSending(link, nowMs), nowMs);
  usage.exchanges += 1;
  const root = object.root!();
  const wayMs = world.rttMs(object.region, root.region) / 2;
  const exchange: Exchange = { object, message, wayMs, row: null };
  if (world.isDelivered(null)) world.after(wayMs, onRootHears, exchange);
  else world.after(EXCHANGE_TIMEOUT_MS, onRootSilent, exchange);
}

function onRootHears(exchange: Exchange): void {
  const { world } = exchange.object;
  const root = exchange.object.root!();
  const nowMs = world.nowMs();
  exchange.row = onMessage(root.monitor, exchange.message, nowMs);
  plan(root, nowMs);
  if (world.isDelivered(null)) world.after(exchange.wayMs, onRootAnswers, exchange);
  else world.after(EXCHANGE_TIMEOUT_MS - exchange.wayMs, onRootSilent, exchange);
}

function onRootAnswers({ object, row }: Exchange): void {
  const nowMs = object.world.nowMs();
  onAnswer(object.monitor, object.monitor.link!, row, nowMs);
  plan(object, nowMs);
}

function onRootSilent({ object }: Exchange): void {
  const nowMs = object.world.nowMs();
  onSendFailure(object.monitor.link!, `no answer in ${EXCHANGE_TIMEOUT_MS} ms`, nowMs);
  plan(object, nowMs);
}

/** Shards without the platform, on a virtual clock, and the exchange with their regional object. */
import type { Service } from "../../../../src/core/mesh.ts";
import { createMonitor, type Monitor } from "../../../../src/core/monitor/monitor.ts";
import { messageOf, onAnswer } from "../../../../src/core/monitor/on-exchange.ts";
import { onShardMessage } from "../../../../src/core/monitor/on-shard.ts";
import { onSendFailure, startSending } from "../../../../src/core/monitor/root-link.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { meshOf } from "../../../fixtures/meshes.ts";
import { T0, unchecked } from "./monitors.ts";

export function shardAt(shard: number, service: Service = unchecked, lifeId = "life"): Monitor {
  const rng = seededRng(50 + shard);
  return createMonitor({ mesh: meshOf([service]), service, scope: "weur", shard, lifeId, rng, nowMs: T0 });
}

/** One exchange of a shard with its regional object; the message arrives so many times, and is answered the last time. */
export function exchangeUp(shard: Monitor, region: Monitor, nowMs: number, deliveries = 1): void {
  const link = shard.link!;
  const message = messageOf(shard, link, startSending(link, nowMs), nowMs);
  for (let at = 1; at < deliveries; at++) onShardMessage(region, message, nowMs);
  onAnswer(shard, link, onShardMessage(region, message, nowMs), nowMs);
}

/** The message arrives so many times, and no answer comes back. */
export function exchangeInVain(shard: Monitor, region: Monitor, nowMs: number, deliveries = 0): void {
  const link = shard.link!;
  const message = messageOf(shard, link, startSending(link, nowMs), nowMs);
  for (let at = 0; at < deliveries; at++) onShardMessage(region, message, nowMs);
  onSendFailure(link, "gone", nowMs);
}

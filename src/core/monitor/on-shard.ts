/**
 * Reporter shards: where a region has more isolates than one object can answer, several take the reports and one goes on
 * deciding. A shard merges what its isolates report, passes the sums up four times a second and answers from the regional
 * view that came back. Breakers, capacity, outlier detection, checks, operators' words and storage stay in the regional
 * object, so that the evidence of a region is judged in one place however many objects collect it.
 *
 * Sampling reports instead would spare the same calls and lose the counts that probabilities are made of. Letting each
 * shard judge its own slice would divide the evidence, lend one probe per shard instead of one, and let isolates of one
 * region disagree.
 *
 * A shard that cannot reach its regional object goes by its own view, which starts from the last one it was told: open
 * breakers stay open for their time, then the shard lends probes itself, until it is answered again.
 */

import { followBreaker } from "../health/coordinator.ts";
import { onDelivery } from "../health/reporter-window.ts";
import { dropInFlight, inFlightOf, setInFlight } from "../load/in-flight.ts";
import type { HealthCode } from "../protocol.ts";
import { hearIdle } from "./drain.ts";
import { EXCHANGE_VERSION, type ExchangeMessage, type RootRow } from "./exchange-message.ts";
import { quorumFor, toldFor } from "./health-sources.ts";
import { loadColumn } from "./loads.ts";
import { type Monitor, revisionOf } from "./monitor.ts";
import { collectEvents } from "./monitor-event.ts";
import { takeIn } from "./on-report.ts";
import { leasesFor, overlaidView, reportersHeard } from "./snapshot.ts";
import { percentColumn } from "./told.ts";

/**
 * The regional object takes in a shard's message, its delta once however often it is delivered, and answers with the view
 * its own isolates would get. Linear in the endpoints.
 *
 * - `message`: checked, and from a shard.
 */
export function onShardMessage(region: Monitor, message: ExchangeMessage, nowMs: number): RootRow {
  const { reporter, seq, ids, shard } = message;
  if (shard === null) throw new Error(`message ${seq} of ${reporter} is not from a shard`);
  const delivery = onDelivery(region.windows, reporter, seq, nowMs);
  region.lastReportMs = nowMs;
  const heard = region.shards.get(shard.index);
  // Another life of the shard: what the former one said is in flight is in the new one's words, or over.
  if (heard !== undefined && heard.reporter !== reporter) dropInFlight(region.inFlight, heard.reporter);
  region.shards.set(shard.index, { reporter, atMs: nowMs, reporters: shard.reporters });
  setInFlight(region.inFlight, { reporter, seq, ids, counts: shard.inFlight }, nowMs);
  hearIdle(region, message, nowMs);
  if (delivery === "new") takeIn(region, message.delta, nowMs);
  collectEvents(region);
  return rowFor(region, nowMs);
}

function rowFor(region: Monitor, nowMs: number): RootRow {
  const view = overlaidView(region, nowMs);
  const indices = [...region.service.endpoints.keys()];
  const quorums = indices.map((endpoint) => quorumFor(region, endpoint, nowMs));
  return {
    v: EXCHANGE_VERSION,
    meshVersion: region.meshVersion,
    atMs: nowMs,
    regions: region.link?.row?.regions ?? 0,
    view,
    told: indices.map((endpoint): HealthCode => toldFor(region, endpoint, nowMs) ?? 0),
    quorum: quorums.map((quorum) => quorum?.health ?? 0),
    down: quorums.map((quorum) => quorum?.down ?? 0),
    opinions: quorums.map((quorum) => quorum?.opinions ?? 0),
    leases: leasesFor(region, nowMs),
    region: {
      reporters: reportersHeard(region, nowMs),
      inFlight: view.ids.map((id) => inFlightOf(region.inFlight, id)),
      ...(region.loads.size > 0 && { load: loadColumn(region.loads, view.ids, nowMs) }),
    },
    ...(region.rollouts.size > 0 && { rollouts: [...region.rollouts.values()] }),
    ...percentColumn(region, nowMs),
    ...(revisionOf(region) > 0 && { endpointsRevision: revisionOf(region) }),
  };
}

/** The shard's own breakers follow the region's, so that its own view begins where the region's ended. */
export function followRegion(shard: Monitor, { view }: RootRow, nowMs: number): void {
  for (const [i, id] of view.ids.entries()) {
    const endpoint = shard.coordinator.indexOf.get(id);
    if (endpoint !== undefined) followBreaker(shard.coordinator, endpoint, view.breaker[i]!, view.openForMs[i]!, nowMs);
  }
}

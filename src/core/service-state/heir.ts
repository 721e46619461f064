/**
 * One state takes the place of another while requests run: other endpoints were found, or another mesh came.
 *
 * Endpoints with the same id and address keep all that is known of them: estimates, breakers, requests in flight, what was not
 * reported yet. One that kept its id and moved elsewhere is another endpoint. The former state stays with the requests that
 * began with it, by its own numbers; what they find at endpoints that stayed goes on to the heir as it happens.
 *
 * The forwarding hangs on the hooks of the former's policy, which every attempt calls anyway: a state without an heir pays
 * nothing for it.
 */
import type { Policy } from "../balance/policy.ts";
import { copyFailures } from "../health/failure-window.ts";
import type { Endpoint } from "../mesh.ts";
import { onAttemptEnd, onAttemptStart } from "./record.ts";
import { settle } from "./settle.ts";
import type { ServiceState } from "./state.ts";

/** Whether two endpoints are one: the same id at the same address. */
export function isSameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.id === b.id && a.origin === b.origin && a.basePath === b.basePath;
}

/**
 * Hands all that `former` knows to `heir`, which has just been created, and from now on what `former` hears. Never throws for
 * states of one service. Linear in the endpoints.
 */
export function inherit(heir: ServiceState, former: ServiceState, nowMs: number): void {
  const at = Int32Array.from(former.service.endpoints, (endpoint) => {
    const index = heir.indexOf.get(endpoint.id);
    return index !== undefined && isSameEndpoint(heir.service.endpoints[index]!, endpoint) ? index : -1;
  });
  copyColumns(heir, former, at);
  copyTotals(heir, former, at);
  settle(heir, nowMs);
  former.heir = { state: heir, at };
  former.policy = forwarding(former.policy, former, heir, at);
}

function copyColumns(heir: ServiceState, former: ServiceState, at: Int32Array): void {
  const { adaptive: _, ...columns } = heir.columns;
  const tables: readonly (readonly [to: object, from: object])[] = [
    [columns, former.columns],
    [heir.columns.adaptive, former.columns.adaptive],
    [heir.shared, former.shared],
    [heir.own, former.own],
    [heir.reporting, former.reporting],
  ];
  for (const [to, from] of tables) {
    for (const [name, column] of Object.entries(to)) {
      if (name === "weight" && to === columns) continue;
      if (isColumn(column)) copyColumn(column, (from as Record<string, Column>)[name]!, at);
    }
  }
  if (heir.admitRatio !== null && former.admitRatio !== null) copyColumn(heir.admitRatio, former.admitRatio, at);
  const { memory } = heir.policy;
  const formerMemory = former.policy.memory;
  const isAlike = heir.service.loadBalancing.policy === former.service.loadBalancing.policy;
  if (isAlike && memory !== undefined && formerMemory !== undefined) {
    for (const [i, column] of memory.entries()) copyColumn(column, formerMemory[i]!, at);
  }
  const { failures } = heir;
  if (failures !== null && former.failures !== null) {
    for (const [e, h] of at.entries()) if (h >= 0) copyFailures(former.failures, e, failures, h);
  }
  const { sketches } = heir.reporting;
  for (const [e, h] of at.entries()) if (h >= 0) sketches[h] = former.reporting.sketches[e]!;
  former.reporting.sketches.fill(null);
}

type Column = Float64Array | Int32Array | Uint8Array;

function isColumn(value: unknown): value is Column {
  return value instanceof Float64Array || value instanceof Int32Array || value instanceof Uint8Array;
}

function copyColumn(to: Column, from: Column, at: Int32Array): void {
  for (const [e, h] of at.entries()) if (h >= 0) to[h] = from[e]!;
}

function copyTotals(heir: ServiceState, former: ServiceState, at: Int32Array): void {
  heir.snapshot = former.snapshot;
  heir.snapshotAtMs = former.snapshotAtMs;
  heir.retryAllow = former.retryAllow;
  heir.shed = former.shed;
  heir.sharedHedgeDelayMs = former.sharedHedgeDelayMs;
  heir.alert = former.alert;
  heir.paceMs = former.paceMs;
  heir.hedgeTokens = former.hedgeTokens;
  heir.othersInFlight = former.othersInFlight;
  heir.own.foldedAtMs = former.own.foldedAtMs;
  heir.own.nextOverdueAtMs = former.own.nextOverdueAtMs;
  if (heir.bucket.perRequest === former.bucket.perRequest) heir.bucket = former.bucket;
  if (heir.classes.classes.join() === former.classes.classes.join()) heir.classes = former.classes;
  heir.columns.adaptive.ownInFlight = heir.columns.ownInFlight.reduce((sum, own) => sum + own, 0);
  heir.leases = former.leases.flatMap(({ endpoint, ...held }) =>
    at[endpoint]! >= 0 ? [{ endpoint: at[endpoint]!, ...held }] : [],
  );
  former.leases = [];
  const { reporting } = heir;
  reporting.takenAtMs = former.reporting.takenAtMs;
  reporting.urgent = former.reporting.urgent;
  reporting.requestRps = former.reporting.requestRps;
  reporting.probes = former.reporting.probes;
  reporting.retriesWanted = former.reporting.retriesWanted;
  moveCounts(heir, former);
}

/** Counts of requests go where they will be reported. Retries that were wanted do not: the heir hears of the failures. */
function moveCounts({ reporting: to }: ServiceState, { reporting: from }: ServiceState): void {
  to.requests += from.requests;
  to.retries += from.retries;
  to.refused += from.refused;
  from.requests = from.retries = from.refused = 0;
}

function forwarding(policy: Policy, former: ServiceState, heir: ServiceState, at: Int32Array): Policy {
  return {
    pick: (columns, candidates, input) => policy.pick(columns, candidates, input),
    ...(policy.explain && { explain: policy.explain.bind(policy) }),
    onStart(endpoint, nowMs) {
      policy.onStart?.(endpoint, nowMs);
      moveCounts(heir, former);
      if (at[endpoint]! >= 0) onAttemptStart(heir, at[endpoint]!, nowMs);
    },
    onOutcome(endpoint, outcome) {
      policy.onOutcome?.(endpoint, outcome);
      // A lent probe's answer is written down after this, in what the heir reports next.
      former.reporting.probes = heir.reporting.probes;
      if (at[endpoint]! >= 0) onAttemptEnd(heir, at[endpoint]!, outcome, null);
    },
  };
}

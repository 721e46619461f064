/** What was seen while the page is open, for charts: one row for each look, half an hour of them at most. */
import type { History, ServiceState } from "../api/shapes.ts";
import { lookOfService, type MeshLook } from "../mesh/look.ts";

export interface Row {
  readonly atMs: number;
  readonly rps: number | null;
  readonly success: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly endpoints: Readonly<Record<string, EndpointRow>>;
}

export interface EndpointRow {
  readonly rps: number | null;
  readonly share: number | null;
  readonly p99Ms: number | null;
}

export const KEPT_MS = 1_800_000;
/** Rows closer than this are one look. */
const APART_MS = 900;

const rows = new Map<string, Row[]>();

/** Oldest first. */
export function rowsOf(service: string): readonly Row[] {
  return rows.get(service) ?? [];
}

export function forgetSamples(): void {
  rows.clear();
}

/** Of the whole mesh: services without their latencies where those are not told. */
export function sampleMesh({ services, atMs }: MeshLook): void {
  for (const { name, rps, successRatio, p99Ms, endpoints } of services) {
    const seen = Object.fromEntries(endpoints.map(({ id, rps: own, share }) => [id, { rps: own, share, p99Ms: null }]));
    push(name, { atMs, rps, success: successRatio, p50Ms: null, p99Ms, endpoints: seen });
  }
}

/** Of one service, which says more. */
export function sampleService(state: ServiceState, nowMs: number): void {
  const look = lookOfService(state);
  const endpoints = Object.fromEntries(
    look.endpoints.map(({ id, share }, e) => {
      const { rps, regions } = state.endpoints[e]!;
      return [id, { rps, share, p99Ms: highest(regions.map(({ minute }) => minute?.p99Ms ?? null)) }];
    }),
  );
  push(look.name, {
    atMs: nowMs,
    rps: look.rps,
    success: look.successRatio,
    p50Ms: highest(state.regions.map(({ minute }) => minute?.p50Ms ?? null)),
    p99Ms: look.p99Ms,
    endpoints,
  });
}

/** Puts what the control plane remembers before what was seen here. */
export function addHistory(service: string, history: History): void {
  const seen = rows.get(service) ?? [];
  const first = seen[0]?.atMs ?? Number.POSITIVE_INFINITY;
  const before = history.atMs.flatMap((atMs, i): Row[] => {
    if (atMs >= first) return [];
    const endpoints = Object.entries(history.endpoints ?? {}).map(([id, columns]) => {
      const [total, own] = [history.rps[i] ?? null, columns.rps[i] ?? null];
      const share = total === null || own === null || total === 0 ? null : own / total;
      return [id, { rps: own, share, p99Ms: columns.p99Ms?.[i] ?? null }] as const;
    });
    return [
      {
        atMs,
        rps: history.rps[i] ?? null,
        success: history.success[i] ?? null,
        p50Ms: history.p50Ms[i] ?? null,
        p99Ms: history.p99Ms[i] ?? null,
        endpoints: Object.fromEntries(endpoints),
      },
    ];
  });
  rows.set(service, [...before, ...seen]);
}

function push(service: string, row: Row): void {
  const kept = (rows.get(service) ?? []).filter(({ atMs }) => atMs > row.atMs - KEPT_MS);
  const last = kept.at(-1);
  if (last !== undefined && row.atMs - last.atMs < APART_MS) kept.pop();
  rows.set(service, [...kept, row]);
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

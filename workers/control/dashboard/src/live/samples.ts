/** What was seen while the page is open, for charts: one row for each look, half an hour of them at most. */
import type { History } from "../api/shapes.ts";
import type { MeshLook, ServiceLook } from "../mesh/look.ts";

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

export function sampleMesh({ services, atMs }: MeshLook): void {
  for (const service of services) sampleService(service, atMs);
}

export function sampleService({ name, rps, successRatio, p50Ms, p99Ms, endpoints }: ServiceLook, atMs: number): void {
  const seen = endpoints.map(({ id, rps: own, share, p99Ms: highest }) => [id, { rps: own, share, p99Ms: highest }]);
  push(name, { atMs, rps, success: successRatio, p50Ms, p99Ms, endpoints: Object.fromEntries(seen) });
}

/** Puts what the control plane remembers before what was seen here. */
export function addHistory(service: string, history: History): void {
  const seen = rows.get(service) ?? [];
  const first = seen[0]?.atMs ?? Number.POSITIVE_INFINITY;
  const before = history.atMs.flatMap((atMs, i): Row[] => {
    if (atMs >= first || history.rps[i] == null) return [];
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

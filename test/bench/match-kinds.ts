/** Route tables with every kind of match in use, and requests that each of their rules answers in turn. */
import { compileMesh } from "../../src/config/compile.ts";
import { decodeConfig } from "../../src/config/decode.ts";
import type { MeshConfigInput } from "../../src/config/define-mesh.ts";
import type { RequestHead } from "../../src/core/request-head.ts";
import { openRoutes, type RouteTable } from "../../src/core/route/table.ts";

type RuleInput = MeshConfigInput["routes"][number]["rules"][number];
type MatchInput = NonNullable<RuleInput["matches"]>[number];

export interface Workload {
  readonly name: string;
  readonly table: RouteTable;
  readonly heads: readonly RequestHead[];
}

interface Kind {
  readonly match: (i: number) => MatchInput;
  readonly path: (i: number) => string;
  readonly query?: string;
  readonly headers?: (i: number) => Readonly<Record<string, string>>;
}

const version = { name: "x-version" };

/** A sixth of the rules each: both prefixes, an exact path, a pattern, and matches that need more than a path. */
const MIXED: readonly Kind[] = [
  { match: (i) => ({ path: { value: `/area-${i}/items` } }), path: (i) => `/area-${i}/items/7` },
  {
    match: (i) => ({ path: { type: "Exact", value: `/area-${i}/items` }, method: "GET" }),
    path: (i) => `/area-${i}/items`,
  },
  {
    match: (i) => ({ path: { type: "RegularExpression", value: `/area-${i}/items/[0-9]+(/.*)?` } }),
    path: (i) => `/area-${i}/items/42/z`,
  },
  { match: (i) => ({ path: { type: "StringPrefix", value: `/area-${i}/it` } }), path: (i) => `/area-${i}/items/7` },
  {
    match: (i) => ({
      path: { value: `/area-${i}` },
      queryParams: [{ name: "page", type: "RegularExpression", value: "[0-9]+" }],
    }),
    path: (i) => `/area-${i}/items/7`,
    query: "?page=12",
  },
  {
    match: (i) => ({ path: { value: `/area-${i}` }, headers: [{ ...version, type: "Prefix", value: "v" }] }),
    path: (i) => `/area-${i}/items/7`,
    headers: () => ({ "x-version": "v1" }),
  },
];

const TENANTS: Kind = {
  match: (i) => ({ path: { value: "/items" }, headers: [{ name: "x-tenant", value: `tenant-${i}` }] }),
  path: () => "/items/7",
  headers: (i) => ({ "x-tenant": `tenant-${i}` }),
};

/** Nothing of what they begin with tells these apart. */
const PATTERNS: Kind = {
  match: (i) => ({ path: { type: "RegularExpression", value: `/[a-z]+/area-${i}/items(/.*)?` } }),
  path: (i) => `/de/area-${i}/items/7`,
};

/** Of this kind more would need larger tables than a mesh may have. */
const MOST_PATTERNS = 4_000;

/** Throws when a request finds no rule: then the numbers would be of something else. */
export async function matchWorkloads(sizes: readonly number[]): Promise<Workload[]> {
  const workloads: Workload[] = [];
  for (const size of sizes) workloads.push(await workload(`all kinds, ${size} rules`, size, MIXED));
  workloads.push(await workload("one path, 100 rules by header", 100, [TENANTS]));
  for (const size of sizes) {
    const patterns = Math.min(size, MOST_PATTERNS);
    workloads.push(await workload(`patterns that begin alike, ${patterns} rules`, patterns, [PATTERNS]));
  }
  return workloads;
}

async function workload(name: string, size: number, kinds: readonly Kind[]): Promise<Workload> {
  const kindOf = (i: number) => kinds[i % kinds.length]!;
  const rules = Array.from({ length: size }, (_, i): RuleInput => ({ matches: [kindOf(i).match(i)] }));
  const decoded = decodeConfig({ services: {}, routes: [{ rules }] });
  if (!decoded.ok) throw new Error(`The benchmark's config has faults: ${JSON.stringify(decoded.faults)}`);
  const table = openRoutes(await compileMesh(decoded.config, { nowMs: Date.now() }));
  const heads = Array.from({ length: 256 }, (_, n) => {
    const i = (n * 37) % size;
    const { path, query = "", headers } = kindOf(i);
    const values = headers?.(i) ?? {};
    return {
      method: "GET",
      scheme: "https",
      host: "shop.example",
      port: 443,
      path: path(i),
      query,
      header: (of: string) => values[of] ?? null,
    };
  });
  return { name, table, heads };
}

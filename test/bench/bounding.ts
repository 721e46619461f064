/** What holding a request against its bounds costs, without the platform, in nanoseconds: the defaults, and everything at once. */
import { AutomatonTable } from "../../src/config/compile/automata.ts";
import { compileBounds } from "../../src/config/compile/bounds.ts";
import { boundsSchema } from "../../src/config/schema/bounds.ts";
import { breachOf, openBounds } from "../../src/core/limit/bounds.ts";
import { openAutomaton } from "../../src/core/route/automaton.ts";
import type { MicroResult } from "./micro.ts";

const ITERATIONS = 100_000;
const REPEATS = 7;
const HEADERS = 15;

const CONFIGS = {
  "no headers counted, no paths denied": { maxHeaders: 0, maxHeaderBytes: 0, deniedPaths: [] },
  defaults: {},
  "40 denied paths and 20 user agents": {
    deniedPaths: Array.from({ length: 40 }, (_, n) => ({ value: `/internal-${n}` })),
    deniedUserAgents: Array.from({ length: 20 }, (_, n) => `scanner-${n}`),
    emptyUserAgent: "refuse",
  },
} as const;

/** Requests of 15 headers that are within their bounds. Throws when one is not, since nothing would be measured then. */
export function boundsBenchmarks(): MicroResult[] {
  const fields = Array.from({ length: HEADERS - 1 }, (_, n) => [`x-header-${n}`, "some value or other"] as const);
  const headers = new Headers([
    ...fields.map(([name, value]): [string, string] => [name, value]),
    ["user-agent", "Mozilla/5.0 (X11; Linux x86_64)"],
  ]);
  const requests = Array.from({ length: 256 }, (_, n) => ({
    method: "GET",
    path: `/area-${n}/items/${n * 7}`,
    query: "?page=2",
    headers,
    header: (name: string) => headers.get(name),
    bot: () => undefined,
  }));
  return Object.entries(CONFIGS).map(([name, config]): MicroResult => {
    const automata = new AutomatonTable();
    const bounds = compileBounds(boundsSchema.parse(config), undefined, automata)!;
    const open = openBounds(bounds, (index) => openAutomaton(automata.all[index]!));
    if (requests.some((request) => breachOf(open, request, false) !== null)) throw new Error(`${name}: refused`);
    return { name: `bounds: ${name}`, ns: timed((i) => breachOf(open, requests[i & 255]!, false)) };
  });
}

/** Median of several runs, so that one pause of the machine does not show. */
function timed(body: (i: number) => void): number {
  const runs = Array.from({ length: REPEATS }, () => {
    const startedAt = performance.now();
    for (let i = 0; i < ITERATIONS; i += 1) body(i);
    return ((performance.now() - startedAt) * 1e6) / ITERATIONS;
  });
  return runs.sort((a, b) => a - b)[REPEATS >> 1]!;
}

/** What the mesh costs against a bare pass-through Worker, at the same moment on the same core: the README's table. */
import { resolve } from "node:path";
import { type Edge, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { pinTo } from "../cpu.ts";
import { benchSigner } from "../guarding.ts";
import { meshOf, type Shape } from "../meshes.ts";
import { startOrigins } from "../origin.ts";
import { type Duellist, type DuelResult, duel } from "./duel.ts";
import { type SteadyResult, steadyCalls } from "./steady.ts";

export interface Target {
  /** As `--only` takes it. */
  readonly name: string;
  readonly label: string;
  /** Over one address, as the baseline has it; `three`: over three. */
  readonly shape: Omit<Shape, "origins">;
  readonly addresses: 1 | 3;
  readonly path?: (round: number) => string;
  /** Both are sent one token; the mesh asks for it. */
  readonly asksToken?: true;
}

export const TARGETS: readonly Target[] = [
  { name: "bare", label: "bare pass-through (itself)", shape: {}, addresses: 1 },
  { name: "default", label: "Heddle, default, 3 endpoints", shape: {}, addresses: 1 },
  {
    name: "wide",
    label: "Heddle, 1,000 routes, 100 endpoints",
    shape: { routes: 1_000, endpoints: 100 },
    addresses: 1,
    path: (round) => `/area-${(round * 137) % 1_000}/items/7?page=1`,
  },
  { name: "plain", label: "Heddle, no deadline, no forwarded headers", shape: { plain: true }, addresses: 1 },
  {
    name: "told-0",
    label: "Heddle, traces and access log on, no request drawn",
    shape: { toldPercent: 0 },
    addresses: 1,
  },
  { name: "told-1", label: "Heddle, traces and access log of 1 %", shape: { toldPercent: 1 }, addresses: 1 },
  { name: "told-100", label: "Heddle, traces and access log of all", shape: { toldPercent: 100 }, addresses: 1 },
  { name: "token", label: "Heddle, ES256 token of a caller seen before", shape: {}, addresses: 1, asksToken: true },
  {
    name: "guarded",
    label: "Heddle, the same, 20 policies, a local rate limit told in headers",
    shape: { policies: 20 },
    addresses: 1,
    asksToken: true,
  },
  {
    name: "guarded-mute",
    label: "Heddle, the same, the rate limit told to nobody",
    shape: { policies: 20, tellsRate: false },
    addresses: 1,
    asksToken: true,
  },
  { name: "three", label: "Heddle, default, 3 addresses ÷ bare over 3 addresses", shape: {}, addresses: 3 },
];

export interface HeadlinePlan {
  readonly targets: readonly Target[];
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  /** Whether to count calls of the object under steady load. */
  readonly steady: boolean;
}

export interface Headline {
  readonly duels: readonly DuelResult[];
  readonly steady: SteadyResult | null;
}

const STEADY = { rps: 200, seconds: 20 };
const WARM_UP_SECONDS = 12;

/** How long it will take. */
export function headlineSeconds({ targets, rounds, seconds, steady }: HeadlinePlan): number {
  return targets.length * (WARM_UP_SECONDS + rounds * seconds) + (steady ? STEADY.seconds : 0);
}

export async function runHeadline(plan: HeadlinePlan, say: (line: string) => void): Promise<Headline> {
  const origins = await startOrigins(3);
  const started: Edge[] = [];
  const duellist = async (name: string, shape: Shape, isBare: boolean): Promise<Duellist> => {
    const bare = {
      entry: resolve(import.meta.dirname, "../workers/bare.ts"),
      namespaces: [],
      bindings: { ORIGIN: shape.origins.join(",") },
    };
    const edge = await startEdge({ mesh: await meshOf(shape), dev: false, ...(isBare && bare) });
    started.push(edge);
    pinTo(0, edge.pid);
    return { name, url: edge.url, pid: edge.pid };
  };
  const duels: DuelResult[] = [];
  let steady: SteadyResult | null = null;
  try {
    for (const target of plan.targets) {
      const signer = target.asksToken ? await benchSigner() : null;
      const shape = {
        ...target.shape,
        origins: origins.urls.slice(0, target.addresses),
        ...(signer !== null && { signedWith: signer.jwk }),
      };
      const headers = signer === null ? {} : { authorization: `Bearer ${await signer.token(1)}` };
      const baseline = await duellist("baseline", shape, true);
      const other = await duellist(target.label, shape, target.name === "bare");
      const path = target.path ?? (() => "/api/items?page=1");
      const result = await duel(baseline, other, { ...plan, path, headers });
      duels.push(result);
      say(`  ${target.label}: CPU × ${result.cpuPerRequest.median.toFixed(3)}`);
      await Promise.all(started.splice(0).map((edge) => edge.stop()));
    }
    if (plan.steady) {
      const edge = await startEdge({ mesh: await meshOf({ origins: origins.urls }), dev: true });
      started.push(edge);
      steady = await steadyCalls(edge.url, STEADY);
    }
  } finally {
    await Promise.all(started.map((edge) => edge.stop()));
    await origins.close();
  }
  return { duels, steady };
}

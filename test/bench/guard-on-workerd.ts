/**
 * What a guard costs where it runs, and the whole way of a request: CPU of a workerd process, all its threads, that takes one request
 * through a hundred thousand times. The caches of the processor are warmer than in production; nothing is waited for, and nothing
 * is forwarded.
 */
import { join } from "node:path";
import { startEdge } from "../../src/cli/workerd/start-edge.ts";
import { cpuMs } from "./cpu.ts";
import { benchSigner } from "./guarding.ts";
import { spread } from "./measure/spread.ts";
import { meshOf, type Shape } from "./meshes.ts";
import type { MicroResult } from "./micro.ts";

const GUARD = join(import.meta.dirname, "workers/guard-loop.ts");
const WAY = join(import.meta.dirname, "workers/way-loop.ts");
const PASSES = 100_000;
const ROUNDS = 5;

type GuardShape = Omit<Shape, "origins" | "signedWith">;

const KINDS: readonly { readonly name: string; readonly shape: GuardShape }[] = [
  { name: "token seen before", shape: {} },
  { name: "the same, 20 policies, a local rate limit", shape: { policies: 20, tellsRate: false } },
  { name: "the same, told in headers", shape: { policies: 20 } },
  { name: "the same, 1,000 policies", shape: { policies: 1_000, tellsRate: false } },
];

/** From arrival to the answer's head, with an answer at hand in place of the network. */
const WAYS: readonly { readonly name: string; readonly shape: GuardShape; readonly asksToken: boolean }[] = [
  { name: "default", shape: {}, asksToken: false },
  {
    name: "token seen before, 20 policies, a local rate limit",
    shape: { policies: 20, tellsRate: false },
    asksToken: true,
  },
  { name: "the same, told in headers", shape: { policies: 20 }, asksToken: true },
];

/** Throws when a request is refused or has to wait, since nothing would be measured then. */
export async function workerdGuardBenchmarks(): Promise<MicroResult[]> {
  const results: MicroResult[] = [];
  for (const { name, shape } of KINDS)
    results.push({ name: `guard on workerd: ${name}`, ns: await passNs(GUARD, shape, true) });
  for (const { name, shape, asksToken } of WAYS) {
    results.push({ name: `whole way on workerd: ${name}`, ns: await passNs(WAY, shape, asksToken) });
  }
  return results;
}

async function passNs(entry: string, shape: GuardShape, asksToken: boolean): Promise<number> {
  const signer = asksToken ? await benchSigner() : null;
  const origins = ["http://127.0.0.1:9001"];
  const mesh = await meshOf({ ...shape, origins, ...(signer !== null && { signedWith: signer.jwk }) });
  const token = signer === null ? {} : { authorization: `Bearer ${await signer.token(1)}` };
  const headers = { ...token, "cf-connecting-ip": "192.0.2.1" };
  const edge = await startEdge({ mesh, dev: false, entry, namespaces: [] });
  try {
    const round = async () => {
      const before = cpuMs(edge.pid);
      const answer = await fetch(`${edge.url}/api/items?n=${PASSES}`, { headers });
      const waited = await answer.text();
      if (!answer.ok || waited !== "0") throw new Error(`a request waits, or is refused: ${answer.status} ${waited}`);
      return ((cpuMs(edge.pid) - before) * 1e6) / PASSES;
    };
    // Compiles what is hot.
    await round();
    const rounds: number[] = [];
    for (let i = 0; i < ROUNDS; i += 1) rounds.push(await round());
    return spread(rounds).median;
  } finally {
    await edge.stop();
  }
}

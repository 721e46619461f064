/** What a guard adds to a request, without the platform, in nanoseconds: all of its steps as the edge takes them, for a caller seen before. */
import type { Mesh } from "../../src/core/mesh.ts";
import { benchSigner } from "./guarding.ts";
import { timeNs } from "./measure/timed.ts";
import { meshOf } from "./meshes.ts";
import type { MicroResult } from "./micro.ts";

/** By its URL: what it imports knows the types of Workers, and this process those of Node.js. */
const STEPS = new URL("./workers/guard-steps.ts", import.meta.url).href;
const CLIENTS = 256;
const ORIGINS = ["http://127.0.0.1:9001"];

/** Throws when a request is refused or has to wait, since nothing would be measured then. */
export async function guardStepBenchmarks(): Promise<MicroResult[]> {
  const results: MicroResult[] = [];
  for (const policies of [0, 20, 1_000]) {
    const name =
      policies === 0 ? "guard: token seen before" : `guard: the same, ${policies} policies, a local rate limit`;
    results.push({ name, ns: await guardNs(policies) });
  }
  return results;
}

async function guardNs(policies: number): Promise<number> {
  const signer = await benchSigner();
  // What is told of the rate needs a copy of the answer, which says more of Node than of workerd: the headline has that.
  const guard = policies > 0 ? ({ policies, tellsRate: false } as const) : {};
  const mesh = await meshOf({ origins: ORIGINS, signedWith: signer.jwk, ...guard });
  const tokens = await Promise.all(Array.from({ length: CLIENTS }, (_, id) => signer.token(id)));
  const { guardSteps } = (await import(STEPS)) as {
    guardSteps(mesh: Mesh, tokens: readonly string[]): Promise<(i: number) => void>;
  };
  return timeNs(await guardSteps(mesh, tokens));
}

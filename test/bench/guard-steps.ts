/** What a guard adds to a request, without the platform, in nanoseconds: all of its steps as the edge takes them, for a caller seen before. */

import { matchRoute } from "../../src/core/route/match.ts";
import { addressOf } from "../../src/edge/address.ts";
import type { Arrived } from "../../src/edge/arrived.ts";
import { guarded } from "../../src/edge/guard/guarded.ts";
import { headOf } from "../../src/edge/head-of.ts";
import { createIsolate } from "../../src/edge/isolate.ts";
import { benchSigner } from "./guarding.ts";
import { timeNs } from "./measure/timed.ts";
import { meshOf } from "./meshes.ts";
import type { MicroResult } from "./micro.ts";

const CLIENTS = 256;
const URL_OF = "https://shop.example.com/api/items?page=1";
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
  const shape = { origins: ORIGINS, signedWith: signer.jwk, ...guard };
  const isolate = createIsolate({ mesh: await meshOf(shape), env: {}, region: "weur", nowMs: Date.now() });
  const { open } = isolate;
  const ctx = { waitUntil: () => {}, passThroughOnException: () => {} } as unknown as Arrived["ctx"];
  const arrivals = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, id): Promise<Arrived> => {
      const headers = { authorization: `Bearer ${await signer.token(id)}`, "cf-connecting-ip": `192.0.2.${id}` };
      const request = new Request(URL_OF, { headers });
      const address = addressOf(URL_OF, true);
      const matched = matchRoute(open.routes, headOf(request, address));
      if (matched === null) throw new Error("no route matches");
      return { request, address, via: null, isolate, open, matched, ctx, arrivedAtMs: Date.now() };
    }),
  );
  const passed = new Response();
  const next = () => passed;
  const steps = open.guards.of[arrivals[0]!.matched.rule.guard!]!;
  const first = await Promise.all(arrivals.map((arrived) => guarded(arrived, steps, next)));
  const again = arrivals.map((arrived) => guarded(arrived, steps, next));
  if (again.some((answer) => answer instanceof Promise || !answer.ok) || first.some(({ ok }) => !ok)) {
    throw new Error("a request waits, or is refused");
  }
  return timeNs((i) => void guarded(arrivals[i % CLIENTS]!, steps, next));
}

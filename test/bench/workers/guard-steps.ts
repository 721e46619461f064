import type { Mesh } from "../../../src/core/mesh.ts";
import { matchRoute } from "../../../src/core/route/match.ts";
import { addressOf } from "../../../src/edge/address.ts";
import type { Arrived } from "../../../src/edge/arrived.ts";
import { guarded } from "../../../src/edge/guard/guarded.ts";
import { headOf } from "../../../src/edge/head-of.ts";
import { createIsolate } from "../../../src/edge/isolate.ts";

const URL_OF = "https://shop.example.com/api/items?page=1";

/** Takes the request of the i-th token, which has been seen before, through the guard. Throws when one is refused or waits. */
export async function guardSteps(mesh: Mesh, tokens: readonly string[]): Promise<(i: number) => void> {
  const isolate = createIsolate({ mesh, env: {}, region: "weur", nowMs: Date.now() });
  const { open } = isolate;
  const ctx = { waitUntil: () => {}, passThroughOnException: () => {} } as unknown as Arrived["ctx"];
  const arrivals = tokens.map((token, id): Arrived => {
    const headers = { authorization: `Bearer ${token}`, "cf-connecting-ip": `192.0.2.${id}` };
    const request = new Request(URL_OF, { headers });
    const address = addressOf(URL_OF, true);
    const matched = matchRoute(open.routes, headOf(request, address));
    if (matched === null) throw new Error("no route matches");
    return { request, address, via: null, isolate, open, matched, ctx, arrivedAtMs: Date.now() };
  });
  const passed = new Response();
  const next = () => passed;
  const steps = open.guards.of[arrivals[0]!.matched.rule.guard!]!;
  const first = await Promise.all(arrivals.map((arrived) => guarded(arrived, steps, next)));
  const again = arrivals.map((arrived) => guarded(arrived, steps, next));
  if (again.some((answer) => answer instanceof Promise || !answer.ok) || first.some(({ ok }) => !ok)) {
    throw new Error("a request waits, or is refused");
  }
  return (i) => void guarded(arrivals[i % arrivals.length]!, steps, next);
}

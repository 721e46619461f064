/**
 * Copies of a request for other services. They leave after the request itself, wait in `waitUntil`, and are balanced,
 * timed and recorded as requests of their own service are, but sent once only. Nobody reads their answers, and nothing
 * that becomes of them touches the request they were copied from.
 *
 * The copy is what the request's endpoint gets: after header modifiers and rewrite, with the Host of the endpoint that
 * gets it, and without the secrets that filters set: they are for the request's own backend. Upgrades are not copied, nor
 * bodies that were not kept in memory.
 */
import type { Mirror } from "../../core/mesh.ts";
import { countOne } from "../../core/traffic/tally.ts";
import { discard } from "../attempt.ts";
import type { Carried } from "../carried.ts";
import { carry } from "../carry.ts";
import { letGo, shareBody } from "../held-body.ts";
import { affinityKeyOf, requestClassOf } from "../request-traits.ts";
import { runtimeFor } from "../sync.ts";

/** Sends a copy to each mirror that is drawn. Returns at once. Never throws. */
export function mirror(carried: Carried, mirrors: readonly Mirror[]): void {
  const { isolate, request, ctx } = carried;
  if (request.headers.has("upgrade")) return;
  for (const one of mirrors) {
    if (one.fraction < 1 && isolate.rng() >= one.fraction) continue;
    if (!fits(carried, one.maxBodyBytes) || !holds(carried)) {
      isolate.mirrors.tooLarge += 1;
      countOne(carried.open.services[one.service]!.tally, "mirrorsTooLarge");
    } else ctx.waitUntil(send(carried, one, new Headers(carried.headers)).finally(() => released(carried)));
  }
}

function released({ body }: Carried): void {
  if (body.kind === "buffered") letGo(body.held);
}

/** Its body stays in memory until the copy is done; where that is short there are no copies. */
function holds({ body }: Carried): boolean {
  return body.kind !== "buffered" || shareBody(body.held);
}

function fits({ body }: Carried, maxBytes: number): boolean {
  return body.kind === "none" || (body.kind === "buffered" && body.bytes.byteLength <= maxBytes);
}

/** `headers`: of the copy, since attempts write into theirs. Never rejects. */
async function send(
  carried: Carried,
  { service: index, policy: policyIndex }: Mirror,
  headers: Headers,
): Promise<void> {
  const { isolate, open, request, address, clientIp } = carried;
  const policy = open.mesh.policies[policyIndex]!;
  isolate.mirrors.sent += 1;
  const service = await runtimeFor(carried, index);
  countOne(service.tally, "mirrorsSent");
  const startedAtMs = Date.now();
  const copy: Carried = {
    ...carried,
    service,
    policy,
    headers,
    credentials: null,
    ruleCredentials: null,
    hashKey: affinityKeyOf(service.state.service, request.headers, address, clientIp),
    requestClass: requestClassOf(service.state.service, request.headers, carried.said),
    startedAtMs,
    deadlineMs: policy.requestTimeoutMs > 0 ? startedAtMs + policy.requestTimeoutMs : Number.POSITIVE_INFINITY,
    trace: null,
    tried: null,
    trail: [],
    mayHaveArrived: false,
  };
  const answer = await carry(
    copy,
    (_, { response }) => response,
    (_, { failed }) => failed?.response ?? null,
  );
  if (answer !== null) discard(answer);
  else {
    isolate.mirrors.failed += 1;
    countOne(service.tally, "mirrorsFailed");
  }
}

/** What a request is to a service: how it may be carried there, and what keeps its caller at an endpoint. */
import { hashKeyOf } from "../../core/balance/hash-key.ts";
import { isRepeatable } from "../../core/retry/retriable.ts";
import { chanceAt, STREAM } from "../engine/chance.ts";
import type { Passage } from "./passage.ts";

/** Callers in a made-up day. */
const CALLERS = 10_000;

/** Turns the request to a service, where it has tried nothing yet. */
export function turnTo(passage: Passage, service: number, policy: number, seed: number): void {
  const { open, kind } = passage;
  passage.service = service;
  passage.policy = open.mesh.policies[policy]!;
  passage.repeatable =
    isRepeatable(passage.policy.retry, kind.head.method, false) ||
    (kind.hasIdempotencyKey && isRepeatable(passage.policy.retry, kind.head.method, true));
  passage.attempts = 0;
  passage.tried.length = 0;
  const { hash } = open.mesh.services[service]!.loadBalancing;
  passage.hashKey = hash.on.length === 0 ? "" : keyOf(passage, hash, seed);
}

/** A request that is silent about its caller has one of ten thousand. */
function keyOf({ kind, number }: Passage, hash: Parameters<typeof hashKeyOf>[0], seed: number): string {
  const { head } = kind;
  const caller = `caller-${Math.floor(CALLERS * chanceAt(seed, STREAM.caller, number))}`;
  const cookies = head.header("cookie");
  return hashKeyOf(hash, {
    header: (name) => head.header(name) ?? (name === "cookie" ? null : caller),
    ...(cookies === null && { cookie: () => caller }),
    query: head.query,
    path: head.path,
    clientIp: caller,
  });
}

/**
 * An isolate in virtual time: the product's service states (src/core/service-state.ts), one for each service, asked in the
 * order in which src/edge asks them.
 */
import { LAST_RANK } from "../../core/limit/rank.ts";
import type { AttemptOutcome } from "../../core/outcome.ts";
import { isFailure } from "../../core/outcome.ts";
import type { ProbeLease } from "../../core/protocol.ts";
import type { Region } from "../../core/region.ts";
import { mayProbe, nextWaitMs } from "../../core/retry/next-attempt.ts";
import { isRetriable } from "../../core/retry/retriable.ts";
import type { Rng } from "../../core/rng.ts";
import {
  admit,
  attemptTimeoutMs,
  hedgeDelayMs,
  onAttemptEnd,
  onAttemptStart,
  pickEndpoint,
  rankOf,
} from "../../core/service-state.ts";
import type { Attempt } from "../carry/attempt.ts";
import type { Passage } from "../carry/passage.ts";
import { requestClassOf } from "../world/request-kind.ts";
import type { ColoCache } from "./colo-cache.ts";
import type { HeddleFleet } from "./heddle.ts";
import { type Isolate, type IsolateService, servicesOf } from "./isolate-service.ts";
import { syncIfDue, syncWhenFree } from "./syncing.ts";

/** A fresh isolate that knows nothing. */
export function createIsolate(
  fleet: HeddleFleet,
  input: { readonly region: Region; readonly reporter: string; readonly rng: Rng; readonly colo: ColoCache },
): Isolate {
  const { world, plane } = fleet;
  const isolate: Isolate = {
    ...input,
    fleet,
    open: plane.open,
    services: [],
    meshAskedAtMs: Number.NEGATIVE_INFINITY,
    enter,
    admit: admitPassage,
    pick,
    attemptTimeoutMs: (passage, endpoint) => attemptTimeoutMs(serviceOf(passage).state, endpoint, passage.policy),
    hedgeDelayMs: hedgeDelay,
    onStart: (passage, attempt) => {
      const { state } = serviceOf(passage);
      attempt.token = state.pickedLease;
      onAttemptStart(state, attempt.endpoint, world.nowMs());
    },
    onEnd,
    isRetriable: ({ policy, repeatable }, attempt) => isRetriable(policy.retry, repeatable, attempt),
    nextWaitMs: nextWait,
  };
  isolate.services = servicesOf(isolate, plane.open);
  return isolate;

  function enter(passage: Passage, go: (passage: Passage) => void): boolean {
    const service =
      passage.open === isolate.open ? isolate.services[passage.service]! : formerService(isolate, passage);
    passage.home = service;
    if (service.warm) {
      syncIfDue(service, world.nowMs(), "request");
      return true;
    }
    warmUp(service, () => {
      syncIfDue(service, world.nowMs(), "request");
      go(passage);
    });
    return false;
  }

  function admitPassage(passage: Passage): boolean {
    const { state } = serviceOf(passage);
    const requestClass = requestClassOf(state.service, passage.kind.head);
    passage.rank = rankOf(state, requestClass, isolate.rng);
    return admit(state, { nowMs: world.nowMs(), rng: isolate.rng, rank: passage.rank, requestClass }) === null;
  }

  function pick(passage: Passage): number {
    const service = serviceOf(passage);
    const nowMs = world.nowMs();
    const { hashKey, repeatable } = passage;
    // A second one beside the first is dear to nobody.
    const rank = passage.awaited > 0 ? LAST_RANK : passage.rank;
    const tried = passage.tried.length === 0 ? null : passage.tried;
    const probes = mayProbe(service, repeatable, nowMs);
    return pickEndpoint(service.state, { nowMs, rng: isolate.rng, rank, hashKey, tried, mayProbe: probes });
  }

  function hedgeDelay(passage: Passage, attempt: Attempt): number {
    if (passage.policy.hedge === null || attempt.token !== null || !passage.repeatable) return 0;
    return hedgeDelayMs(serviceOf(passage).state, passage.policy, world.nowMs());
  }

  function onEnd(passage: Passage, attempt: Attempt, outcome: AttemptOutcome): void {
    const service = serviceOf(passage);
    onAttemptEnd(service.state, attempt.endpoint, outcome, attempt.token as ProbeLease | null);
    syncIfDue(service, outcome.nowMs, isFailure(outcome.outcome) ? "failure" : "result");
  }

  function nextWait(passage: Passage, attempt: Attempt): number {
    return nextWaitMs(serviceOf(passage).state, passage.policy.retry, {
      number: attempt.number,
      tried: passage.tried.length,
      hadLease: attempt.token !== null,
      retryAfterMs: 0,
      nowMs: world.nowMs(),
      deadlineMs: passage.deadlineMs,
    });
  }
}

function serviceOf(passage: Passage): IsolateService {
  return passage.home as IsolateService;
}

/** A request that began with a former mesh falls back to a service of that mesh: it knows nothing of it any more. */
function formerService(isolate: Isolate, passage: Passage): IsolateService {
  return { ...servicesOf(isolate, passage.open)[passage.service]!, warm: true };
}

/** Waits for a first snapshot, at most as long as the mesh says. */
function warmUp(service: IsolateService, go: () => void): void {
  const { world } = service.isolate.fleet;
  const waitMs = service.open.mesh.edge.coldWaitMs;
  let isWaiting = true;
  const wake = () => {
    if (!isWaiting) return;
    isWaiting = false;
    service.warm = true;
    go();
  };
  if (waitMs <= 0) {
    wake();
    return;
  }
  service.waiting.push(wake);
  world.after(waitMs, wake, null);
  syncWhenFree(service, world.nowMs());
}

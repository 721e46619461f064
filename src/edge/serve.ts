/**
 * Answers a request: by the service's endpoints, else by its fallbacks in the configured order, else by the endpoint's
 * own failing answer if there was one, else by a refusal.
 */
import type { Fallback } from "../core/mesh.ts";
import { discard } from "./attempt.ts";
import type { Carried } from "./carried.ts";
import { carry, mayRepeat, type Unanswered } from "./carry.ts";
import { finish, refuseCarried, reveal } from "./finish.ts";
import { staleAnswer } from "./stale-cache.ts";

/** Fallback services of fallback services end here. The config refuses cycles; this bounds their length. */
const MAX_DEPTH = 4;

/** Rejects only for bugs. */
export async function serve(carried: Carried): Promise<Response> {
  const result = await carry(carried);
  return "refusal" in result ? degrade(carried, result) : finish(carried, result, "");
}

async function degrade(carried: Carried, unanswered: Unanswered): Promise<Response> {
  const { refusal, failed, exhausted } = unanswered;
  for (const fallback of carried.service.state.service.fallback) {
    const response = await fallBack(carried, fallback);
    if (response === null) continue;
    if (failed?.response) discard(failed.response);
    return response;
  }
  if (failed?.response) return finish(carried, failed, exhausted ? "URX" : "");
  return refuseCarried(carried, refusal, exhausted);
}

async function fallBack(carried: Carried, fallback: Fallback): Promise<Response | null> {
  switch (fallback.type) {
    case "service": {
      const service = carried.isolate.open.services[fallback.service];
      if (service === undefined || carried.depth >= MAX_DEPTH || !mayMoveOn(carried)) return null;
      return serve({ ...carried, service, tried: null, depth: carried.depth + 1, startedAtMs: Date.now() });
    }
    case "staleIfError": {
      const stale = await staleAnswer(carried, fallback.maxAgeMs);
      return stale === null ? null : reveal(carried, stale, "stale");
    }
    case "response": {
      const headers = new Headers(fallback.headers as [string, string][]);
      const bodiless = carried.request.method === "HEAD" || fallback.status === 204 || fallback.status === 304;
      const response = new Response(bodiless ? null : fallback.body, { status: fallback.status, headers });
      return reveal(carried, response, "response");
    }
  }
}

/** Another service may be asked unless this request may have been carried out already and must not be twice. */
function mayMoveOn(carried: Carried): boolean {
  const untouched = carried.tried === null && !carried.mayHaveArrived;
  return untouched || mayRepeat(carried) || (!carried.mayHaveArrived && carried.body.kind !== "stream");
}

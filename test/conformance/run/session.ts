import type { CaseRequest, ConformanceCase } from "../case.ts";
import { capturedOf } from "../compare/compare.ts";
import type { Answer } from "./send.ts";

/** Of two pods, requests that are drawn anew reach one only with probability 2^-29. */
const REQUESTS = 30;

/** Whether a session stays at its pod, requests without one reach several, and the cookie lasts as long as it should. */
export async function sessionDifference(
  { request, expect: { session } }: ConformanceCase,
  ask: (request: CaseRequest) => Promise<Answer | string>,
): Promise<string | null> {
  const first = await ask(request);
  if (typeof first === "string") return first;
  const carried = carrierOf(first, session!);
  if (carried === null) return `the answer holds no ${session!.cookie ?? session!.header}`;
  const maxAge = /;\s*max-age=(\d+)/i.exec(carried.raw)?.[1];
  if ((maxAge ?? null) !== (session!.maxAgeSeconds?.toString() ?? null)) {
    return `Max-Age is ${maxAge ?? "absent"}, expected ${session!.maxAgeSeconds ?? "none"}: ${carried.raw}`;
  }
  const home = capturedOf(request, first).pod;
  const kept = await podsOf({ ...request, headers: { ...request.headers, ...carried.headers } }, ask);
  if (kept.size !== 1 || !kept.has(home)) return `a session of ${home} went to ${[...kept].join(", ")}`;
  const drawn = await podsOf(request, ask);
  return drawn.size > 1 ? null : `requests without a session went to ${[...drawn].join()} alone`;
}

function carrierOf(answer: Answer, { cookie, header }: NonNullable<ConformanceCase["expect"]["session"]>) {
  if (header !== undefined) {
    const raw = answer.headers.get(header)?.[0];
    return raw === undefined ? null : { raw, headers: { [header]: raw } };
  }
  const raw = answer.headers.get("set-cookie")?.find((value) => value.startsWith(`${cookie}=`));
  return raw === undefined ? null : { raw, headers: { cookie: raw.split(";")[0]! } };
}

async function podsOf(
  request: CaseRequest,
  ask: (request: CaseRequest) => Promise<Answer | string>,
): Promise<ReadonlySet<string>> {
  const pods = new Set<string>();
  for (let index = 0; index < REQUESTS; index++) {
    const answer = await ask(request);
    pods.add(typeof answer === "string" ? answer : capturedOf(request, answer).pod);
  }
  return pods;
}

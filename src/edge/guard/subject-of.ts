import type { Place, Subject } from "../../core/authz/subject.ts";
import { ANONYMOUS } from "../../core/principal.ts";
import type { Arrived } from "../arrived.ts";
import { headOf } from "../head-of.ts";
import { clientIpOf } from "../trust.ts";

/** A request as authorization sees it. Its path is the one that is forwarded. Never throws. */
export function subjectOf({ request, address, isolate, matched, principal }: Arrived): Subject {
  const head = headOf(request, address);
  return {
    head,
    port: matched.listener.port > 0 ? matched.listener.port : head.port,
    principal: principal ?? ANONYMOUS,
    clientIp: clientIpOf(request, isolate.dev),
    place: (what) => placeOf(request, what),
  };
}

/** What Cloudflare says; never what a header says. */
function placeOf({ cf }: Request, what: Place): string {
  const value = (cf as Readonly<Record<string, unknown>> | undefined)?.[what];
  // The number of an autonomous system comes as one.
  return value === undefined || value === null ? "" : String(value).toUpperCase();
}

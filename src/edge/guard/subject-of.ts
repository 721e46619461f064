import type { Place, Subject } from "../../core/authz/subject.ts";
import type { HeaderModifier } from "../../core/mesh.ts";
import { ANONYMOUS } from "../../core/principal.ts";
import type { Arrived } from "../arrived.ts";
import { headOf } from "../head-of.ts";
import { clientIpOf } from "../trust.ts";

/** A request as authorization sees it. Its path is the one that is forwarded. Never throws. */
export function subjectOf({ request, address, isolate, matched, principal, imposed }: Arrived): Subject {
  const plain = headOf(request, address);
  // What the mesh says of the request is on its way to endpoints, and counts here as it does there.
  const said = imposed?.set ?? [];
  const head =
    said.length === 0 ? plain : { ...plain, header: (name: string) => saidIn(said, name) ?? plain.header(name) };
  return {
    head,
    port: matched.listener.port > 0 ? matched.listener.port : head.port,
    principal: principal ?? ANONYMOUS,
    clientIp: clientIpOf(request, isolate.dev),
    place: (what) => placeOf(request, what),
  };
}

function saidIn(said: HeaderModifier["set"], name: string): string | null {
  return said.find(([own]) => own === name)?.[1] ?? null;
}

/** What Cloudflare says; never what a header says. */
function placeOf({ cf }: Request, what: Place): string {
  const value = (cf as Readonly<Record<string, unknown>> | undefined)?.[what];
  // The number of an autonomous system comes as one.
  return value === undefined || value === null ? "" : String(value).toUpperCase();
}

/**
 * Whether one more endpoint may be ejected, and if not, why not.
 *
 * A ceiling protects against an error in common: when most endpoints look broken, it is often the observer, and ejecting
 * them all leaves nothing. Envoy's rule is a percentage, which with few endpoints means that nothing is ever ejected;
 * `minEjectionHosts` gives the number that may always be.
 *
 * A whole failing cloud is one outage and not many: its endpoints may be ejected together beyond the percentage, as long
 * as every other cloud is in and carries the demand. A percentage of 0 still means none.
 */

export interface EjectionQuestion {
  /** The endpoint in question. */
  readonly endpoint: number;
  /** By endpoint: its cloud; "" unknown, which is no domain. */
  readonly clouds: readonly string[];
  /** By endpoint: whether it is ejected already. */
  readonly out: readonly boolean[];
  /** By endpoint: requests per second it may get; Infinity unlimited. */
  readonly capacityRps: Float64Array;
  readonly demandRps: number;
  readonly maxEjectionPercent: number;
  readonly minEjectionHosts: number;
}

export type EjectionAnswer =
  | { readonly allowed: true; readonly rule: "hosts" | "percent" | "domain" }
  | { readonly allowed: false; readonly why: string };

/** Decides; changes nothing. Linear in the endpoints. */
export function mayEject(question: EjectionQuestion): EjectionAnswer {
  const { endpoint, clouds, out, maxEjectionPercent, minEjectionHosts } = question;
  let ejected = 1;
  for (let e = 0; e < out.length; e++) if (out[e] && e !== endpoint) ejected++;
  if (ejected <= minEjectionHosts) return { allowed: true, rule: "hosts" };
  const percent = (100 * ejected) / out.length;
  if (percent <= maxEjectionPercent) return { allowed: true, rule: "percent" };
  const ceiling = `${ejected} of ${out.length} endpoints would be out, more than ${maxEjectionPercent} %`;

  const cloud = clouds[endpoint] ?? "";
  if (cloud === "" || maxEjectionPercent <= 0) return { allowed: false, why: ceiling };
  let carrying = 0;
  for (let e = 0; e < out.length; e++) {
    if (clouds[e] === cloud) continue;
    if (out[e]) return { allowed: false, why: `${ceiling}, and not all of them in ${cloud}` };
    carrying += question.capacityRps[e]!;
  }
  if (carrying === 0) return { allowed: false, why: `${ceiling}, and there is no other cloud than ${cloud}` };
  if (carrying < question.demandRps) {
    return { allowed: false, why: `${ceiling}, and the other clouds could not carry the demand` };
  }
  return { allowed: true, rule: "domain" };
}

/** DNS as a source of endpoints: asked when its last answer has run out. */
import type { Rng } from "../../core/rng.ts";
import { checkEndpointUrl, type EndpointUrlPolicy } from "../../security/endpoint-url.ts";
import type { Found, Source, SourceResult, SourceState } from "../source.ts";
import { parseUrlTemplate, type UrlTemplate } from "../url-template.ts";
import type { Answer, Data } from "./answer.ts";
import { fromAddresses, fromServices } from "./endpoints.ts";
import { type Resolver, resolve } from "./resolver.ts";
import { DNS_VARIABLES, type DnsSource } from "./settings.ts";

export interface DnsMeans {
  readonly fetch: Resolver["fetch"];
  readonly rng: Rng;
  /** Where resolvers may be. */
  readonly policy: EndpointUrlPolicy;
}

/** After the first failure; doubled with each further one. */
const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** Up to so much of a wait is taken off at random, so that services do not ask in step. */
const JITTER = 0.1;

/** The source that these settings describe. */
export function dnsSource(settings: DnsSource, means: DnsMeans): Source {
  return { name: settings.name, kind: "dns", look: (nowMs, before) => look(settings, means, nowMs, before) };
}

async function look(
  settings: DnsSource,
  { fetch, rng, policy }: DnsMeans,
  nowMs: number,
  before: Pick<SourceState, "failures">,
): Promise<SourceResult> {
  const fail = (error: string, waitMs: number): SourceResult => ({
    ok: false,
    atMs: nowMs,
    error,
    nextMs: nowMs + waitMs,
  });
  const isSrv = settings.type === "SRV";
  const parsed = parseUrlTemplate(settings.url, isSrv ? DNS_VARIABLES.SRV : DNS_VARIABLES.address);
  if (!parsed.ok) return fail(`url ${parsed.fault}`, MAX_RETRY_MS);
  const check = checkEndpointUrl(settings.resolver.replace(/\?.*$/, ""), policy);
  if (!check.ok) return fail(`resolver ${check.fault.message}; ${check.fault.fix}`, MAX_RETRY_MS);
  const resolver: Resolver = { url: settings.resolver, timeoutMs: settings.timeoutMs, fetch };
  const types = settings.type === "address" ? (["A", "AAAA"] as const) : ([settings.type] as const);
  const answers = await Promise.all(types.map((type) => resolve(resolver, settings.hostname, type)));

  for (const answer of answers) {
    if (answer.says !== "failure") continue;
    const grownMs = Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** Math.min(before.failures, 10));
    return fail(`${settings.hostname}: ${answer.detail}`, Math.max(early(grownMs, rng), answer.retryAfterMs));
  }
  const waitMs = Math.max(settings.minTtlMs, early(holdsMs(settings, answers), rng));
  const missing = answers.find(({ says }) => says === "no_name");
  if (missing?.says === "no_name") {
    // A zone that has lapsed or a name that was mistyped: a service is not emptied by it.
    const alias = missing.name === settings.hostname.toLowerCase() ? "" : `, to which ${settings.hostname} leads`;
    return fail(`NXDOMAIN: there is no name ${missing.name}${alias}`, waitMs);
  }
  return { ok: true, atMs: nowMs, found: foundIn(settings, parsed.template, answers), nextMs: nowMs + waitMs };
}

function foundIn(settings: DnsSource, template: UrlTemplate, answers: readonly Answer[]): readonly Found[] {
  const records = answers.flatMap((answer) => (answer.says === "records" ? answer.records : []));
  return settings.type === "SRV"
    ? fromServices(settings, template, records as readonly Data<"SRV">[])
    : fromAddresses(settings, template, records as readonly Data<"A" | "AAAA">[]);
}

/** How long all of the answers hold, within the bounds. What is denied without a word about how long is asked again soon. */
function holdsMs({ minTtlMs, maxTtlMs }: DnsSource, answers: readonly Answer[]): number {
  const ttls = answers.map((answer) => (answer.says === "failure" || answer.ttlS === null ? 0 : answer.ttlS * 1_000));
  return Math.min(maxTtlMs, Math.max(minTtlMs, Math.min(...ttls)));
}

/** Never later: what has run out must not be used. */
function early(ms: number, rng: Rng): number {
  return Math.round(ms * (1 - JITTER * rng()));
}

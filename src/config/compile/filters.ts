import type { HeaderModifier, Mirror, PathModifier, RouteFilters } from "../../core/mesh.ts";
import { durationMs } from "../duration.ts";
import type { BackendFilterConfig, RuleFilterConfig } from "../schema/filters.ts";
import type { CredentialTable } from "./credentials.ts";
import type { Overrides } from "./request-policy.ts";
import { headerPairs, splitHeaders } from "./resolve.ts";
import { compileSecurityHeaders } from "./security-headers.ts";
import type { ServiceReference } from "./service.ts";

type FilterConfig = RuleFilterConfig | BackendFilterConfig;
type ConfigOf<T extends FilterConfig["type"]> = Extract<FilterConfig, { readonly type: T }>;

/** A copy is sent once, whatever the service asks for: its answer is for nobody. */
const MIRRORED = { retry: { attempts: 0 }, hedge: { enabled: false } } satisfies Overrides;

/**
 * The filters of a rule or a backendRef; null when there are none.
 *
 * - `refer`: the index of a service, or of a subset of it, and of its policy with these overrides.
 */
export function compileFilters(
  filters: readonly FilterConfig[],
  refer: (service: string, overrides: Overrides, subset?: string) => ServiceReference,
  credentials: CredentialTable,
): RouteFilters | null {
  if (filters.length === 0) return null;
  const compiled: { -readonly [K in keyof RouteFilters]: RouteFilters[K] } = {
    fault: null,
    cors: null,
    answer: null,
    requestHeaders: null,
    rewrite: null,
    mirrors: filters.flatMap((filter) => (filter.type === "RequestMirror" ? [mirror(filter, refer)] : [])),
    responseHeaders: null,
    extensions: filters.flatMap((filter) => (filter.type === "ExtensionRef" ? [filter.extensionRef] : [])),
  };
  let secret: readonly number[] = [];
  for (const filter of filters) {
    switch (filter.type) {
      case "FaultInjection":
        compiled.fault = fault(filter);
        break;
      case "CORS":
        compiled.cors = cors(filter);
        break;
      case "RequestRedirect":
        compiled.answer = redirect(filter);
        break;
      case "DirectResponse":
        compiled.answer = {
          type: "response",
          ...filter.directResponse,
          headers: headerPairs(filter.directResponse.headers),
        };
        break;
      case "RequestHeaderModifier":
        compiled.requestHeaders = headers(filter.requestHeaderModifier);
        secret = credentials.ofHeaders(filter.requestHeaderModifier.set.map(({ name, value }) => [name, value]));
        break;
      case "ResponseHeaderModifier":
        compiled.responseHeaders = headers(filter.responseHeaderModifier);
        break;
      case "SecurityHeaders":
        compiled.securityHeaders = compileSecurityHeaders(filter.securityHeaders);
        break;
      case "URLRewrite":
        compiled.rewrite = {
          hostname: filter.urlRewrite.hostname?.toLowerCase() ?? null,
          path: path(filter.urlRewrite.path),
        };
        break;
      case "RequestMirror":
      case "ExtensionRef":
        break;
    }
  }
  return { ...compiled, ...(secret.length > 0 && { credentials: secret }) };
}

function mirror({ requestMirror }: ConfigOf<"RequestMirror">, refer: Parameters<typeof compileFilters>[1]): Mirror {
  const { backendRef, percent, fraction, maxBodyBytes } = requestMirror;
  return {
    ...refer(backendRef.service, MIRRORED, backendRef.subset),
    fraction: fraction === undefined ? (percent ?? 100) / 100 : fraction.numerator / fraction.denominator,
    maxBodyBytes,
  };
}

function fault({ faultInjection }: ConfigOf<"FaultInjection">): RouteFilters["fault"] {
  const { delay, abort, byHeader } = faultInjection;
  return {
    delay: delay === undefined ? null : { ms: durationMs(delay.duration), fraction: delay.percent / 100 },
    abort: abort === undefined ? null : { status: abort.status, fraction: abort.percent / 100 },
    byHeader,
  };
}

function cors({ cors: { allowOrigins, maxAge, ...same } }: ConfigOf<"CORS">): RouteFilters["cors"] {
  return { ...same, allowOrigins: [...new Set(allowOrigins.map(normalOrigin))], maxAgeSeconds: maxAge };
}

/** As browsers write it: lower case, and without the scheme's own port. */
function normalOrigin(origin: string): string {
  return origin.toLowerCase().replace(/^(http:\/\/.*):80$|^(https:\/\/.*):443$/, "$1$2");
}

function redirect({ requestRedirect }: ConfigOf<"RequestRedirect">): RouteFilters["answer"] {
  const { scheme, hostname, port, statusCode, stripQuery } = requestRedirect;
  return {
    type: "redirect",
    scheme: scheme ?? null,
    hostname: hostname?.toLowerCase() ?? null,
    path: path(requestRedirect.path),
    port: port ?? null,
    statusCode,
    stripQuery,
  };
}

type PathConfig = NonNullable<ConfigOf<"URLRewrite">["urlRewrite"]["path"]>;

function path(modifier: PathConfig | undefined): PathModifier | null {
  if (modifier === undefined) return null;
  const value = modifier.type === "ReplaceFullPath" ? modifier.replaceFullPath : modifier.replacePrefixMatch;
  return { type: modifier.type, value };
}

function headers(modifier: ConfigOf<"RequestHeaderModifier">["requestHeaderModifier"]): HeaderModifier {
  return {
    set: splitHeaders(modifier.set.map(({ name, value }) => [name, value])).plain,
    add: modifier.add.map(({ name, value }) => [name.toLowerCase(), value]),
    remove: modifier.remove.map((name) => name.toLowerCase()),
  };
}

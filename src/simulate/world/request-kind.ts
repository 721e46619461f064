/**
 * The kinds of requests that a day consists of: what routing, retries, affinity and shedding look at. Without a log to
 * replay they are made up from the routes, one for each rule.
 */
import type { Listener, Mesh, RouteMatch, Service } from "../../core/mesh.ts";
import type { RequestHead } from "../../core/request-head.ts";

export interface RequestKind {
  readonly head: RequestHead;
  readonly hasIdempotencyKey: boolean;
  /** > 0; only ratios matter. */
  readonly weight: number;
}

/** Share of the traffic that goes to rules which only take requests that are not safe to repeat, when there are others. */
const WRITE_SHARE = 0.1;
const WRITES = new Set(["POST", "PATCH"]);

/**
 * A request for each rule that has a backend among `services`, as its first match wants it. Rules for reads share nine
 * tenths of the traffic, rules for writes one tenth; a mesh of one sort only gives it all.
 */
export function kindsOf(mesh: Mesh, services: ReadonlySet<number>): RequestKind[] {
  const heads: RequestHead[] = [];
  for (const { hostnames, listeners, rules } of mesh.routes) {
    const listener = mesh.listeners[listeners[0] ?? 0];
    for (const { matches, backendRefs } of rules) {
      if (!backendRefs.some(({ service, weight }) => weight > 0 && services.has(service))) continue;
      heads.push(headFor(hostnames[0] ?? "*", listener, matches[0]));
    }
  }
  const writes = heads.filter(({ method }) => WRITES.has(method)).length;
  const reads = heads.length - writes;
  return heads.map((head) => {
    const share = reads === 0 || writes === 0 ? 1 : WRITES.has(head.method) ? WRITE_SHARE : 1 - WRITE_SHARE;
    return { head, hasIdempotencyKey: false, weight: share / (WRITES.has(head.method) ? writes : reads) };
  });
}

/** The plainest request that fits: header and query values as they are asked for, where that is a plain text. */
function headFor(hostname: string, listener: Listener | undefined, match: RouteMatch | undefined): RequestHead {
  const host = hostname === "*" ? "example.com" : hostname.replace(/^\*/, "any");
  const values = (match?.headers ?? []).map(({ name, match: wanted }) => [name, textFor(wanted)] as const);
  const query = (match?.queryParams ?? []).map(
    ({ name, match: wanted }) => `${name}=${encodeURIComponent(textFor(wanted))}`,
  );
  const path = match?.path.type === "RegularExpression" ? match.path.prefix : (match?.path.value ?? "/");
  return headOf({
    method: match?.method ?? "GET",
    scheme: listener?.protocol === "HTTP" ? "http" : "https",
    host,
    port: listener?.port ?? 0,
    path: path.startsWith("/") ? path : `/${path}`,
    query: query.length === 0 ? "" : `?${query.join("&")}`,
    headers: Object.fromEntries(values),
  });
}

function textFor(wanted: { readonly type: string; readonly value?: string }): string {
  return wanted.type === "RegularExpression" ? "" : (wanted.value ?? "x");
}

/** A request head over plain headers, whose names are in lower case. */
export function headOf(input: {
  readonly method: string;
  readonly scheme: string;
  readonly host: string;
  /** 0: the scheme's own. */
  readonly port: number;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}): RequestHead {
  const { headers, port, ...rest } = input;
  const values = new Map(Object.entries(headers));
  const usual = rest.scheme === "http" ? 80 : 443;
  return { ...rest, port: port === 0 ? usual : port, header: (name) => values.get(name) ?? null };
}

/** The class by which a request is shed sooner or later; "" when the service has one class only. */
export function requestClassOf({ limits }: Service, head: RequestHead): string {
  if (limits.requestClass === null) return "";
  const { header, classes, defaultClass } = limits.requestClass;
  const named = head.header(header);
  return named !== null && classes.includes(named) ? named : defaultClass;
}

/**
 * The compiled routes: which requests go where, and what is done to them on the way. Part of the mesh (mesh.ts); plain
 * data, every default resolved. Names and meanings follow the Gateway API's HTTPRoute; what goes beyond it is Envoy's.
 */

/** Where requests come in. A mesh whose config names none has one that takes everything. */
export interface Listener {
  readonly name: string;
  /** Lower case; "*" for any, "*.example.com" for any number of labels. */
  readonly hostname: string;
  /** 0 for any. */
  readonly port: number;
  /** By the request's scheme; null for any. */
  readonly protocol: "HTTP" | "HTTPS" | null;
}

/**
 * specificity: the Gateway API's precedence over all routes of a host.
 * order: the most specific host alone, and there the first rule that fits, as Envoy and Istio do.
 */
export type RoutePrecedence = "specificity" | "order";

export interface Route {
  readonly name: string;
  /** Lower case; "*" for any, "*.example.com" for any number of labels. Never empty. */
  readonly hostnames: readonly string[];
  /** Indices into Mesh.listeners. Never empty. */
  readonly listeners: readonly number[];
  readonly rules: readonly RouteRule[];
}

export interface RouteRule {
  readonly name: string;
  /** Any of them. Never empty. */
  readonly matches: readonly RouteMatch[];
  /** Null when there are none, which is the common and the fast case. */
  readonly filters: RouteFilters | null;
  /** May be empty: then the rule answers 500, as the Gateway API says, unless a filter answers. */
  readonly backendRefs: readonly BackendRef[];
  /** What keeps a caller on the same backend of a weighted split; empty: every request is drawn anew. First present wins. */
  readonly splitOn: readonly HashOn[];
  readonly sessionPersistence: SessionPersistence | null;
  /** Index into Mesh.guards. Absent: every request may pass. */
  readonly guard?: number;
}

/** All of it. */
export interface RouteMatch {
  readonly path: PathMatch;
  readonly method?: string;
  /** Names in lower case. */
  readonly headers: readonly NamedMatch[];
  readonly queryParams: readonly NamedMatch[];
}

export type PathMatch =
  /** PathPrefix counts by path element, StringPrefix by character. */
  | { readonly type: "Exact" | "PathPrefix" | "StringPrefix"; readonly value: string; readonly ignoreCase?: true }
  /** The whole path. `prefix`: what every matching path begins with. `automaton`: of what follows it, by index. */
  | { readonly type: "RegularExpression"; readonly value: string; readonly automaton: number; readonly prefix: string };

export interface NamedMatch {
  readonly name: string;
  readonly match: ValueMatch;
  /** It fits when the match does not, which includes that there is nothing to match. */
  readonly invert?: true;
}

export type ValueMatch =
  | { readonly type: "Exact" | "Prefix" | "Suffix"; readonly value: string }
  | { readonly type: "RegularExpression"; readonly value: string; readonly automaton: number }
  | { readonly type: "Present" };

/**
 * A regular expression as a deterministic automaton: one step a character on any input. Made when the config is
 * compiled, where a pattern that would need too many states is refused.
 */
export interface Automaton {
  /** Upper bounds (inclusive, ascending, last 65535) of the classes of UTF-16 code units, and each one's class. */
  readonly bounds: readonly number[];
  readonly classOf: readonly number[];
  readonly classes: number;
  /** `next[state * classes + class]`; 0 is the state from which nothing matches, 1 the start. */
  readonly next: readonly number[];
  /** By state, 1 accepts. */
  readonly accepts: readonly number[];
}

export interface BackendRef {
  /** Index into Mesh.services; -1: refers to nothing that may be used, and its share of requests gets 500. */
  readonly service: number;
  /** ≥ 0; 0 gets nothing. */
  readonly weight: number;
  /** Index into Mesh.policies; -1 with service -1. */
  readonly policy: number;
  /** Applied after the rule's. */
  readonly filters: RouteFilters | null;
  /** Where a share of it goes while a rollout is under way; the reference itself is the stable side. Absent: no rollout. */
  readonly rollout?: RolloutRef;
}

export interface RolloutRef {
  /** Index into Mesh.rollouts. */
  readonly index: number;
  readonly canary: BackendRef;
}

/** What is done to a request and its answers. In this order: fault, cors, answer, request headers, rewrite, mirrors. */
export interface RouteFilters {
  /** Of a rule only. */
  readonly fault: FaultInjection | null;
  /** Of a rule only. */
  readonly cors: CorsPolicy | null;
  /** The mesh answers by itself. */
  readonly answer: Redirect | DirectResponse | null;
  readonly requestHeaders: HeaderModifier | null;
  readonly rewrite: UrlRewrite | null;
  readonly mirrors: readonly Mirror[];
  readonly responseHeaders: HeaderModifier | null;
  /** Filters registered in code, by name, in the order of the config. */
  readonly extensions: readonly Extension[];
  /** Indices into Mesh.credentials: headers whose values are secrets, put on requests before the endpoint's own. Absent: none. */
  readonly credentials?: readonly number[];
  /** What browsers are told. Absent: nothing. */
  readonly securityHeaders?: SecurityHeaders;
}

/** Names in lower case. */
export interface SecurityHeaders {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Strict-Transport-Security, on answers to https requests only; "" for none. */
  readonly hsts: string;
  /** Whether these hold where the answer has its own. */
  readonly replaces: boolean;
  readonly remove: readonly string[];
}

/** Names in lower case. Set, then add, then remove; each name is in one of them only, as the Gateway API asks. */
export interface HeaderModifier {
  readonly set: readonly (readonly [name: string, value: string])[];
  readonly add: readonly (readonly [name: string, value: string])[];
  readonly remove: readonly string[];
}

export interface PathModifier {
  /** ReplacePrefixMatch replaces the prefix that the rule's match found. */
  readonly type: "ReplaceFullPath" | "ReplacePrefixMatch";
  readonly value: string;
}

export interface Redirect {
  readonly type: "redirect";
  /** Null keeps what the request has. */
  readonly scheme: "http" | "https" | null;
  readonly hostname: string | null;
  readonly path: PathModifier | null;
  /** Null: the listener's, or the scheme's own when the scheme is set. */
  readonly port: number | null;
  readonly statusCode: 301 | 302 | 303 | 307 | 308;
  readonly stripQuery: boolean;
}

export interface DirectResponse {
  readonly type: "response";
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

export interface UrlRewrite {
  /** Told to the endpoint as the host; Host itself is the URL's on this platform. Null keeps the request's. */
  readonly hostname: string | null;
  readonly path: PathModifier | null;
}

export interface Mirror {
  /** Index into Mesh.services. */
  readonly service: number;
  /** Index into Mesh.policies. */
  readonly policy: number;
  /** 0..1 of the requests. */
  readonly fraction: number;
  /** Requests with a larger body are not mirrored. */
  readonly maxBodyBytes: number;
}

export interface CorsPolicy {
  /** "*", "https://example.com", "https://*.example.com"; lower case. */
  readonly allowOrigins: readonly string[];
  readonly allowMethods: readonly string[];
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  readonly allowCredentials: boolean;
  readonly maxAgeSeconds: number;
}

export interface FaultInjection {
  readonly delay: { readonly ms: number; readonly fraction: number } | null;
  readonly abort: { readonly status: number; readonly fraction: number } | null;
  /** Callers that may ask for faults by x-heddle-fault-* headers have to send the debug token; null: nobody may. */
  readonly byHeader: boolean;
}

export interface Extension {
  readonly name: string;
  /** JSON, for the filter's own use. */
  readonly settings: unknown;
}

export type HashOn =
  | { readonly type: "header"; readonly name: string }
  | { readonly type: "cookie"; readonly name: string }
  | { readonly type: "query"; readonly name: string }
  | { readonly type: "clientIp" }
  | { readonly type: "path" };

/** Requests of one session go to one endpoint while it is available. */
export interface SessionPersistence {
  readonly type: "cookie" | "header";
  /** Of the cookie or the header. */
  readonly sessionName: string;
  /** From its beginning; 0 never ends. */
  readonly absoluteTimeoutMs: number;
  /** Without a request; 0 never ends. */
  readonly idleTimeoutMs: number;
  /** Session: until the browser is closed. Permanent: for the absolute timeout. */
  readonly lifetime: "Session" | "Permanent";
}

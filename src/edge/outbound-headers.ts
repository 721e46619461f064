/**
 * The headers that go to an endpoint: the downstream's, less what belongs to one hop and less what only the mesh may
 * say, plus where the request came from.
 *
 * Source: RFC 9110 §7.6.1 (Connection), §7.6.3 (Via); RFC 7239 (Forwarded).
 */
import { modifyHeaders } from "../core/filter/modify-headers.ts";
import type { EdgeSettings, Endpoint, HeaderModifier } from "../core/mesh.ts";
import type { OriginCredential } from "../security/origin/credential.ts";
import type { Address } from "./address.ts";
import { stripConnectionOptions } from "./connection-options.ts";
import { CONTROL_HEADERS } from "./control-headers.ts";
import { type RequestTrace, setTraceState } from "./telemetry/request-trace.ts";

/** How we name ourselves in Via; also how we recognise a request that comes round again. */
const PSEUDONYM = "heddle";

/** Time left for the endpoint, whole milliseconds. */
export const TIMEOUT_HEADER = "x-heddle-timeout-ms";

/** How often a request has passed this mesh, read from Via. Never throws. */
export function hopsOf(via: string | null): number {
  if (via === null) return 0;
  let hops = 0;
  for (let at = via.indexOf(PSEUDONYM); at >= 0; at = via.indexOf(PSEUDONYM, at + PSEUDONYM.length)) hops += 1;
  return hops;
}

export interface Origination {
  /** As the endpoint is told. */
  readonly address: Address;
  readonly settings: EdgeSettings;
  /** The downstream's address, "" when the platform does not say. */
  readonly clientIp: string;
  /** The request's Via and Connection, which the caller has read already. */
  readonly via: string | null;
  readonly connection: string | null;
  /** The request may carry what is said to the mesh alone. */
  readonly hasControls: boolean;
  /** What filters change, in this order; null nothing. What the mesh itself says comes after them. */
  readonly modifiers: readonly HeaderModifier[] | null;
  /** Null: trace headers pass through as they are. */
  readonly trace: RequestTrace | null;
}

/**
 * The headers of every attempt of a request. The downstream's own object is returned when nothing is to be changed:
 * each look into a Headers object costs about a three-hundredth of a request, each copy and each set about a fortieth.
 *
 * Never throws.
 */
export function outboundHeaders(inbound: Headers, origination: Origination): Headers {
  const { settings, address, clientIp, via, connection, hasControls, modifiers, trace } = origination;
  const isPlain =
    !settings.via && !settings.timeoutHeader && settings.xForwarded === "off" && settings.forwarded === "off";
  const isChanged = connection !== null || hasControls || modifiers !== null || trace !== null;
  if (isPlain && !isChanged && !PROXY_HEADERS.some((name) => inbound.has(name))) return inbound;

  const headers = new Headers(inbound);
  if (connection !== null) stripConnectionOptions(headers, connection);
  for (const name of PROXY_HEADERS) headers.delete(name);
  if (hasControls) for (const name of CONTROL_HEADERS) headers.delete(name);
  if (modifiers !== null) for (const modifier of modifiers) modifyHeaders(headers, modifier);
  if (settings.xForwarded === "replace") replaceWords(headers, clientIp);
  if (settings.xForwarded !== "off") setXForwarded(headers, settings.xForwarded === "append", address, clientIp);
  if (settings.forwarded !== "off") setForwarded(headers, settings.forwarded === "append", address, clientIp);
  if (trace !== null) setTraceState(headers, trace);
  if (settings.via) headers.set("via", via === null ? `1.1 ${PSEUDONYM}` : `${via}, 1.1 ${PSEUDONYM}`);
  return headers;
}

/** For one hop, and not removed by the platform; and the time left, which is ours to say. */
const PROXY_HEADERS = ["proxy-connection", "proxy-authorization", TIMEOUT_HEADER];

/** Where the downstream is, in other proxies' words. */
const CLIENT_WORDS = ["x-real-ip", "true-client-ip"];

/**
 * What only a proxy in front of the origin says, and we do not. Origins believe it: another path than the one that was
 * authorized, a certificate that nobody showed.
 */
const PROXY_WORDS = [
  "x-original-url",
  "x-rewrite-url",
  "x-forwarded-client-cert",
  "x-forwarded-port",
  "x-forwarded-prefix",
];

/** Takes what the downstream says in the place of proxies out of its mouth. */
function replaceWords(headers: Headers, clientIp: string): void {
  for (const name of PROXY_WORDS) headers.delete(name);
  for (const name of CLIENT_WORDS) {
    if (!headers.has(name)) continue;
    if (clientIp === "") headers.delete(name);
    else headers.set(name, clientIp);
  }
}

/**
 * The same headers with an endpoint's own on top; a copy, since a retry elsewhere must not carry them along.
 *
 * - `credentials`: those that the endpoint is sent, null for none. What only they may say is taken away first.
 */
export function headersFor(
  endpoint: Endpoint,
  headers: Headers,
  credentials: readonly OriginCredential[] | null,
): Headers {
  if (endpoint.headers.length === 0 && credentials === null) return headers;
  const own = new Headers(headers);
  if (credentials !== null) for (const credential of credentials) credential.withhold(own);
  for (const [name, value] of endpoint.headers) own.set(name, value);
  return own;
}

function setXForwarded(headers: Headers, append: boolean, address: Address, clientIp: string): void {
  const before = append ? headers.get("x-forwarded-for") : null;
  const chain = before === null ? clientIp : clientIp === "" ? before : `${before}, ${clientIp}`;
  if (chain === "") headers.delete("x-forwarded-for");
  else headers.set("x-forwarded-for", chain);
  if (append && headers.has("x-forwarded-host")) return;
  headers.set("x-forwarded-host", address.authority);
  headers.set("x-forwarded-proto", address.scheme);
}

function setForwarded(headers: Headers, append: boolean, address: Address, clientIp: string): void {
  const node = clientIp === "" ? "unknown" : clientIp.includes(":") ? `"[${clientIp}]"` : clientIp;
  const element = `for=${node};host="${address.authority.replaceAll('"', "")}";proto=${address.scheme}`;
  const before = append ? headers.get("forwarded") : null;
  headers.set("forwarded", before === null ? element : `${before}, ${element}`);
}

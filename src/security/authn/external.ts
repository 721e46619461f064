/**
 * An authorizer that is asked about every request: method, host and path, and the headers that were named, never the body. 2xx
 * lets the request pass and may say headers for the endpoint; 5xx, silence and nonsense are failures, for which the config
 * says what holds; any other status is the refusal that the caller gets, with the headers that were named and none else.
 *
 * Source: Envoy, ext_authz HTTP service (config/http/ext_authz/v3), where a refusal of 5xx counts as a failure as well.
 */
import { carriedHeader } from "../../core/connection-options.ts";
import type { ExternalProvider } from "../../core/mesh.ts";
import { type Allowance, checkEndpointUrl } from "../endpoint-url.ts";
import type { OpenProvider } from "./open.ts";
import type { Caller, Check } from "./outcome.ts";

export function openExternal(provider: ExternalProvider, allow: readonly Allowance[]): OpenProvider {
  const checked = checkEndpointUrl(provider.url, { allow });
  const fault = checked.ok ? "" : `the authorizer's URL ${checked.fault.message}`;
  return {
    name: provider.name,
    problem: () => fault,
    // A URL that must not be asked is a fault of the config, and lets nobody in.
    check: (caller) => (fault === "" ? ask(provider, caller) : refusal(provider, 403, fault, [])),
  };
}

async function ask(provider: ExternalProvider, caller: Caller): Promise<Check> {
  const { request, path, query, host } = caller;
  const headers = new Headers();
  for (const name of provider.requestHeaders) {
    // What the endpoint is not told must not speak for the caller here.
    const value = carriedHeader((one) => request.headers.get(one), name);
    if (value !== null) headers.set(name, value);
  }
  headers.set("x-forwarded-host", host);
  headers.set("x-forwarded-method", request.method);
  headers.set("x-forwarded-uri", `${path}${query}`);
  if (caller.clientIp !== "") headers.set("x-forwarded-for", caller.clientIp);
  else headers.delete("x-forwarded-for");
  let answer: Response;
  try {
    answer = await fetch(`${provider.url}${provider.pathPrefix}${path}${query}`, {
      method: BODILESS.has(request.method) ? request.method : "POST",
      headers,
      redirect: "manual",
      signal: AbortSignal.timeout(provider.timeoutMs),
    });
    await answer.body?.cancel();
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return failure(provider, isLate ? "the authorizer is too slow" : "the authorizer cannot be reached");
  }
  const { status } = answer;
  // 304 is an answer to a question that was not asked.
  if (status >= 500 || status < 200 || status === 304) return failure(provider, `the authorizer answers ${status}`);
  if (status >= 300)
    return refusal(provider, status, `the authorizer answers ${status}`, named(answer, provider.downstreamHeaders));
  const principal = provider.principalHeader === "" ? "" : (answer.headers.get(provider.principalHeader) ?? "");
  return {
    ok: true,
    principal: { kind: "external", id: principal, claims: {} },
    provider: provider.name,
    withhold: null,
    claims: named(answer, provider.upstreamHeaders),
  };
}

/** Methods that fetch sends without a body; the others are said in X-Forwarded-Method. */
const BODILESS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

function named({ headers }: Response, names: readonly string[]): readonly (readonly [string, string])[] {
  return names.flatMap((name) => {
    if (name === "set-cookie") return headers.getSetCookie().map((value) => [name, value] as const);
    const value = headers.get(name);
    return value === null ? [] : [[name, value] as const];
  });
}

/** Allowed without an answer, a request is nobody's. */
function failure(provider: ExternalProvider, why: string): Check {
  if (provider.onFailure === "allow") {
    console.warn(JSON.stringify({ event: "authorizer_failed_open", provider: provider.name, why }));
    return null;
  }
  return refusal(provider, 403, why, []);
}

function refusal(
  { name }: ExternalProvider,
  status: number,
  why: string,
  headers: readonly (readonly [string, string])[],
): Check {
  return { ok: false, kind: "denied", provider: name, why, status, retryAfterMs: 0, headers };
}

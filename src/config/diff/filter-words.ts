/** Filters in the words of the config, by their type. */
import type { HeaderModifier, Mesh, PathModifier, RouteFilters } from "../../core/mesh.ts";
import type { SecurityHeaders } from "../../core/mesh-routes.ts";
import { headers, inWords, type Words } from "./words.ts";

/** What is done by the filters of a rule or a backend; empty for none. */
export function filtersInWords(filters: RouteFilters | null, mesh: Mesh): { readonly [type: string]: Words } {
  if (filters === null) return {};
  const {
    fault,
    cors,
    answer,
    requestHeaders,
    rewrite,
    mirrors,
    responseHeaders,
    extensions,
    securityHeaders,
    credentials,
  } = filters;
  return {
    ...(fault !== null && { FaultInjection: faultInWords(fault) }),
    ...(cors !== null && {
      CORS: inWords({ ...cors, maxAgeSeconds: undefined, maxAgeMs: cors.maxAgeSeconds * 1_000 }),
    }),
    ...(answer !== null && answerInWords(answer)),
    ...(requestHeaders !== null && { RequestHeaderModifier: modifierInWords(requestHeaders) }),
    ...(rewrite !== null && { URLRewrite: { hostname: rewrite.hostname, path: pathInWords(rewrite.path) } }),
    ...(mirrors.length > 0 && {
      RequestMirror: Object.fromEntries(
        mirrors.map(({ service, fraction, maxBodyBytes }) => [
          mesh.services[service]?.name ?? "",
          { percent: percent(fraction), maxBodyBytes },
        ]),
      ),
    }),
    ...(responseHeaders !== null && { ResponseHeaderModifier: modifierInWords(responseHeaders) }),
    ...(credentials !== undefined && {
      credentials: credentials.map((index) => mesh.credentials?.[index]?.name ?? ""),
    }),
    ...(securityHeaders !== undefined && { SecurityHeaders: securityInWords(securityHeaders) }),
    ...(extensions.length > 0 && {
      ExtensionRef: Object.fromEntries(extensions.map(({ name, settings }) => [name, inWords({ settings })])),
    }),
  };
}

function faultInWords({ delay, abort, byHeader }: NonNullable<RouteFilters["fault"]>): Words {
  return {
    ...(delay !== null && {
      delay: { ...(inWords({ durationMs: delay.ms }) as object), percent: percent(delay.fraction) },
    }),
    ...(abort !== null && { abort: { status: abort.status, percent: percent(abort.fraction) } }),
    byHeader,
  };
}

function answerInWords(answer: NonNullable<RouteFilters["answer"]>): { readonly [type: string]: Words } {
  if (answer.type === "response") {
    const { status, headers: pairs, body } = answer;
    return { DirectResponse: { status, headers: headers(pairs, false), body } };
  }
  const { type: _, path, ...rest } = answer;
  return { RequestRedirect: { ...(inWords(rest) as object), path: pathInWords(path) } };
}

function modifierInWords({ set, add, remove }: HeaderModifier): Words {
  return { set: headers(set, false), add: headers(add, false), ...(remove.length > 0 && { remove }) };
}

function securityInWords({ headers: pairs, hsts, replaces, remove }: SecurityHeaders): Words {
  const all = hsts === "" ? pairs : [...pairs, ["strict-transport-security", hsts] as const];
  return { headers: headers(all, false), conflict: replaces ? "replace" : "keep", remove };
}

function pathInWords(path: PathModifier | null): Words {
  return path === null ? null : `${path.type} ${path.value}`;
}

/** Without what multiplying left behind the twelfth digit. */
function percent(fraction: number): number {
  return Number((fraction * 100).toPrecision(12));
}

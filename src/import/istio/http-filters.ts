/** What a VirtualService's HTTP route does to requests and answers, as filters. */
import { cors } from "../../config/schema/filters-cors.ts";
import { requestRedirect, urlRewrite } from "../../config/schema/filters-path.ts";
import { directResponse, faultInjection } from "../../config/schema/filters-traffic.ts";
import { boundedDuration } from "../proxy/bounded-duration.ts";
import { type FilterDraft, faultsOf, fitting, type Settings } from "../proxy/draft.ts";
import { carriedOperation, type HeaderSide } from "../proxy/filters.ts";
import type { HeaderOperation } from "../proxy/header-operations.ts";
import type { SourceNode } from "../proxy/source-node.ts";

export interface HeaderOperations {
  readonly request: readonly HeaderOperation[];
  readonly response: readonly HeaderOperation[];
  /** Setting the host is a rewrite in Heddle. */
  readonly host: string | undefined;
}

/** A `headers` field, of a route or of a destination. Envoy removes before it sets and adds. */
export function headerOperations(owner: SourceNode): HeaderOperations {
  const node = owner.object("headers");
  const request = node?.object("request");
  const host = request === undefined ? undefined : hostSet(request);
  return { request: operations(request, "request"), response: operations(node?.object("response"), "response"), host };
}

const HOST = /^(host|:authority)$/i;

function hostSet(request: SourceNode): string | undefined {
  const set = request.textByName("set");
  return Object.entries(set).find(([name]) => HOST.test(name))?.[1];
}

function operations(node: SourceNode | undefined, side: HeaderSide): HeaderOperation[] {
  if (node === undefined) return [];
  const all: (HeaderOperation & { readonly field: string })[] = [
    ...node.texts("remove").map((name) => ({ type: "remove" as const, name, field: "remove" })),
    ...Object.entries(node.textByName("add")).map(([name, value]) => ({
      type: "add" as const,
      name,
      value,
      field: "add",
    })),
    ...Object.entries(node.textByName("set")).map(([name, value]) => ({
      type: "set" as const,
      name,
      value,
      field: "set",
    })),
  ];
  return all.flatMap(({ field, ...operation }): HeaderOperation[] => {
    if (side === "request" && operation.type === "set" && HOST.test(operation.name)) return [];
    const carried = carriedOperation(side, operation);
    if (typeof carried !== "string") return [carried];
    node.note(field, carried);
    return [];
  });
}

/** By what a redirect or rewrite of the prefix is told apart: which paths the rule's matches have. */
export type PathKind = "prefix" | "whole";

export function redirectFilter(node: SourceNode): FilterDraft {
  const authority = splitAuthority(node.text("authority"));
  const uri = node.text("uri");
  const port = node.number("port") ?? authority.port;
  const derive = node.text("derivePort");
  if (derive === "FROM_REQUEST_PORT")
    node.note("derivePort", "the port of the new location is the scheme's own or the listener's", "changed");
  const prefixRewrite = node.text("prefixRewrite");
  const redirect: Settings = {
    statusCode: node.number("redirectCode") ?? 301,
    ...(node.has("scheme") && { scheme: node.text("scheme")! }),
    ...(authority.hostname !== undefined && { hostname: authority.hostname }),
    ...(port !== undefined && { port }),
    ...(uri !== undefined && { path: { type: "ReplaceFullPath", replaceFullPath: uri } }),
    ...(prefixRewrite !== undefined && { path: { type: "ReplacePrefixMatch", replacePrefixMatch: prefixRewrite } }),
  };
  const names: Readonly<Record<string, string>> = { statusCode: "redirectCode", hostname: "authority", path: "uri" };
  const kept = fitting(requestRedirect, redirect, (field, message) => node.note(names[field] ?? field, message));
  return { type: "RequestRedirect", requestRedirect: kept };
}

/** `host:port` apart. */
export function splitAuthority(authority: string | undefined): { readonly hostname?: string; readonly port?: number } {
  const match = /^(.*):([0-9]{1,5})$/.exec(authority ?? "");
  if (authority === undefined || authority === "") return {};
  return match === null ? { hostname: authority } : { hostname: match[1]!, port: Number(match[2]) };
}

/**
 * Istio replaces the characters that the match found: a prefix, or the whole path of an exact or regular match.
 *
 * - `hostSet`: the host that a header operation sets, which wins over nothing that `rewrite` says.
 */
export function rewriteFilter(
  node: SourceNode | undefined,
  hostSet: string | undefined,
  kind: PathKind,
): readonly FilterDraft[] {
  const authority = splitAuthority(node?.text("authority") ?? hostSet);
  if (authority.port !== undefined) node?.note("authority", "the port is that of the endpoint's URL");
  const uri = node?.text("uri");
  node?.drop(
    "uriRegexRewrite",
    "paths are not rewritten by regular expressions: requests go on with the path they have",
  );
  const path =
    uri === undefined
      ? undefined
      : kind === "prefix"
        ? { type: "ReplacePrefixMatch", replacePrefixMatch: uri === "/" ? "/" : uri }
        : { type: "ReplaceFullPath", replaceFullPath: uri };
  const rewrite: Settings = {
    ...(authority.hostname !== undefined && { hostname: authority.hostname }),
    ...(path !== undefined && { path }),
  };
  if (Object.keys(rewrite).length === 0) return [];
  const kept = fitting(urlRewrite, rewrite, (field, message) => {
    if (field !== "") node?.note(field === "path" ? "uri" : "authority", message);
  });
  return Object.keys(kept).length === 0 ? [] : [{ type: "URLRewrite", urlRewrite: kept }];
}

export function directResponseFilter(node: SourceNode): FilterDraft {
  const body = node.object("body");
  const bytes = body?.text("bytes");
  const text = body?.text("string") ?? (bytes === undefined ? "" : textOf(bytes));
  if (text === null) body!.note("bytes", "is not text in UTF-8");
  const response = { status: node.number("status") ?? 200, ...(text !== null && text !== "" && { body: text }) };
  const kept = fitting(directResponse, response, (field, message) => node.note(field, message));
  return { type: "DirectResponse", directResponse: kept };
}

function textOf(base64: string): string | null {
  try {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return null;
  }
}

/** Without a percentage nothing is delayed or aborted, as in Istio. */
export function faultFilter(node: SourceNode | undefined): readonly FilterDraft[] {
  const delay = node?.object("delay");
  const abort = node?.object("abort");
  const delayMs = delay?.durationMs("fixedDelay") ?? 0;
  delay?.drop("exponentialDelay", "delays are of a fixed time");
  abort?.drop("grpcStatus", "faults are HTTP answers");
  abort?.drop("http2Error", "faults are HTTP answers");
  const fault: Record<string, unknown> = {};
  const delayPercent = percentOf(delay);
  if (delay !== undefined && delayMs > 0 && delayPercent > 0) {
    const { text, changed } = boundedDuration(delayMs, { min: "1ms", max: "1m" });
    if (changed !== null) delay.note("fixedDelay", changed, "changed");
    fault.delay = { duration: text, percent: delayPercent };
  }
  const status = abort?.number("httpStatus");
  const abortPercent = percentOf(abort);
  if (status !== undefined && abortPercent > 0) fault.abort = { status, percent: abortPercent };
  if (node === undefined || Object.keys(fault).length === 0) return [];
  const kept = fitting(faultInjection, fault, (field, message) => node.note(field, message));
  return Object.keys(kept).length === 0 ? [] : [{ type: "FaultInjection", faultInjection: kept }];
}

function percentOf(node: SourceNode | undefined): number {
  return node?.object("percentage")?.number("value") ?? node?.number("percent") ?? 0;
}

export function corsFilter(node: SourceNode | undefined): readonly FilterDraft[] {
  if (node === undefined) return [];
  const origins = [...node.texts("allowOrigin"), ...node.objects("allowOrigins").flatMap(originOf)];
  if (node.text("unmatchedPreflights") === "IGNORE")
    node.note("unmatchedPreflights", "such preflights are answered, without permission");
  const maxAgeMs = node.durationMs("maxAge");
  const policy: Settings = {
    allowOrigins: origins.includes("*") ? ["*"] : origins,
    allowMethods: node.texts("allowMethods"),
    allowHeaders: node.texts("allowHeaders"),
    exposeHeaders: node.texts("exposeHeaders"),
    allowCredentials: node.flag("allowCredentials") ?? false,
    ...(maxAgeMs !== undefined && { maxAge: Math.round(maxAgeMs / 1_000) }),
  };
  const names: Readonly<Record<string, string>> = { allowOrigins: "allowOrigins" };
  const kept = fitting(cors, policy, (field, message) => node.note(names[field] ?? field, message));
  const allowed = (kept as { readonly allowOrigins?: readonly string[] }).allowOrigins ?? [];
  if (allowed.length === 0) {
    node.note("", "is left out: no origin that can be carried over is allowed");
    return [];
  }
  return [{ type: "CORS", cors: kept }];
}

/** Exact origins, and regular expressions that take everything. */
function originOf(node: SourceNode): readonly string[] {
  const exact = node.text("exact");
  if (exact !== undefined) {
    const fault = faultsOf(cors, { allowOrigins: [exact] })[0];
    if (fault === undefined) return [exact];
    node.note("exact", fault.message);
    return [];
  }
  const prefix = node.text("prefix");
  const regex = node.text("regex");
  if (prefix === "" || prefix === "*" || regex === ".*" || regex === "*") return ["*"];
  const field = prefix === undefined ? "regex" : "prefix";
  node.note(field, 'origins are given exactly, or with "*" for labels at the left of the host; this one is left out');
  return [];
}

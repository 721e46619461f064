/** Envoy's header mutations, level by level. */
import { carriedOperation, type HeaderSide } from "../proxy/filters.ts";
import type { HeaderOperation } from "../proxy/header-operations.ts";
import type { SourceNode } from "../proxy/source-node.ts";

export interface HeaderMutations {
  readonly request: readonly HeaderOperation[];
  readonly response: readonly HeaderOperation[];
  /** Host that the request gets: a rewrite in Heddle. */
  readonly host: string | undefined;
}

const HOST = /^(host|:authority)$/i;

/** What one level does: it removes, then sets and adds. */
export function mutationsOf(node: SourceNode): HeaderMutations {
  const host = node
    .objects("request_headers_to_add")
    .map((option) => option.object("header"))
    .find((header) => HOST.test(header?.text("key") ?? ""))
    ?.text("value");
  return { request: operations(node, "request"), response: operations(node, "response"), host };
}

/** The levels one after the other, the most specific first, which is how Envoy runs them. */
export function joined(levels: readonly HeaderMutations[]): HeaderMutations {
  return {
    request: levels.flatMap(({ request }) => request),
    response: levels.flatMap(({ response }) => response),
    host: levels.findLast(({ host }) => host !== undefined)?.host,
  };
}

function operations(node: SourceNode, side: HeaderSide): HeaderOperation[] {
  const removed = node.texts(`${side}_headers_to_remove`).flatMap((name): HeaderOperation[] => {
    const carried = carriedOperation(side, { type: "remove", name });
    if (typeof carried !== "string") return [carried];
    node.note(`${side}_headers_to_remove`, carried);
    return [];
  });
  return [...removed, ...node.objects(`${side}_headers_to_add`).flatMap((option) => added(option, side))];
}

function added(option: SourceNode, side: HeaderSide): HeaderOperation[] {
  const header = option.object("header");
  const name = header?.text("key") ?? "";
  const value = header?.text("value") ?? "";
  const type = typeOf(option);
  const keepEmpty = option.flag("keep_empty_value") === true;
  if (name === "") option.invalid("header", "needs a key", ["header", "key"]);
  header?.drop("raw_value", "header values are text");
  if (type === null || (side === "request" && HOST.test(name)) || (value === "" && !keepEmpty)) return [];
  const carried = carriedOperation(side, { type, name, value });
  if (typeof carried !== "string") return [carried];
  option.note("header", carried);
  return [];
}

function typeOf(option: SourceNode): "set" | "add" | null {
  const action = option.text("append_action");
  const append = option.flag("append");
  if (action === undefined) return append === false ? "set" : "add";
  if (action === "APPEND_IF_EXISTS_OR_ADD") return append === false ? "set" : "add";
  if (action === "OVERWRITE_IF_EXISTS_OR_ADD") return "set";
  option.note("append_action", `${action} depends on whether the header is there; headers are set or added always`);
  return null;
}

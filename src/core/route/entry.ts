import type { Listener, Route, RouteMatch, RouteRule } from "../mesh.ts";
import type { RequestHead } from "../request-head.ts";
import { type Condition, holds } from "./condition.ts";
import { queryValue } from "./query-value.ts";

/** What a request is answered by. One object per match and listener, made once: matching hands it out and allocates nothing. */
export interface RouteMatchResult {
  readonly route: Route;
  readonly rule: RouteRule;
  /** The one that fitted. */
  readonly match: RouteMatch;
  /** The one that took the request. */
  readonly listener: Listener;
}

/** One match of one rule under one host name. For which paths it is, is told by where it stands in the trie. */
export interface RouteEntry {
  /** Position in the order of precedence among the host name's entries; no two are alike. */
  readonly rank: number;
  /** Null: any. */
  readonly method: string | null;
  readonly headers: readonly Condition[];
  readonly queryParams: readonly Condition[];
  readonly result: RouteMatchResult;
}

/** Whether a request whose path fits has everything else too. Never throws; allocates for encoded query parameters only. */
export function fits({ method, headers, queryParams }: RouteEntry, head: RequestHead): boolean {
  if (method !== null && method !== head.method) return false;
  for (let i = 0; i < headers.length; i++) {
    if (!holds(headers[i]!, head.header(headers[i]!.name))) return false;
  }
  for (let i = 0; i < queryParams.length; i++) {
    if (!holds(queryParams[i]!, queryValue(head.query, queryParams[i]!.name))) return false;
  }
  return true;
}

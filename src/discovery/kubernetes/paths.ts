/** Where an API server serves what we list and watch. */
import type { Resource, StreamKey } from "./inventory.ts";

const API: Readonly<Record<Resource, string>> = { services: "/api/v1", endpointslices: "/apis/discovery.k8s.io/v1" };

/**
 * A page of a list. Without a resourceVersion it is the newest that the cluster agrees on.
 *
 * - `limit`: objects; 0: all.
 * - `next`: from the page before; "" for the first.
 */
export function listPath(key: StreamKey, limit: number, next: string): string {
  const query = new URLSearchParams();
  if (limit > 0) query.set("limit", String(limit));
  if (next !== "") query.set("continue", next);
  return withQuery(key, query);
}

/** What happens after a resource version, for so long, with bookmarks. */
export function watchPath(key: StreamKey, resourceVersion: string, timeoutSeconds: number): string {
  return withQuery(
    key,
    new URLSearchParams({
      watch: "1",
      allowWatchBookmarks: "true",
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
    }),
  );
}

function withQuery({ resource, namespace }: StreamKey, query: URLSearchParams): string {
  const scope = namespace === "" ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  const text = query.toString();
  return `${API[resource]}${scope}/${resource}${text === "" ? "" : `?${text}`}`;
}

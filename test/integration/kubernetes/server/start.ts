/**
 * A Kubernetes API server for Services, EndpointSlices and Namespaces, on loopback. It follows the public API conventions:
 * versions of objects, consistent pages, watches with bookmarks, 410 after a compaction, conflicts, patches, selectors, tables
 * and bearer tokens. kubectl.test.ts drives it with the real kubectl. It has faults on demand, as tests need them.
 *
 * Left out: server-side apply, protobuf, admission, finalizers, and every other kind.
 */
import http, { type IncomingMessage, type Server, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { documentAt } from "./documents.ts";
import { groupVersion, KINDS } from "./kinds.ts";
import { ApiError, type ApiObject, badRequest, statusOf } from "./objects.ts";
import { create, get, keyOf, list, patch, prefixOf, remove, replace, type Target, watchedFrom } from "./requests.ts";
import { selectorOf } from "./selectors.ts";
import { Store } from "./store.ts";
import { tableOf, wantsTable } from "./tables.ts";
import { startWatch, type Watch } from "./watch.ts";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly status: number;
}

export interface KubernetesServer {
  readonly url: string;
  readonly store: Store;
  /** Every request that was answered, oldest first. */
  readonly requests: readonly Seen[];
  readonly openWatches: number;
  /** Answers before the API does; null lets a request pass. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null;
  /** Waited before every answer. */
  delayMs: number;
  /** Sends a bookmark on every watch that allows it, cuts them, ends them, or writes what is no event. */
  bookmark(): void;
  endWatches(how: "end" | "cut"): void;
  writeToWatches(text: string): void;
  /** Like a restart: connections are lost, nothing listens, and what is stored stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  apply(object: Record<string, unknown>): ApiObject;
  delete(resource: string, namespace: string, name: string): void;
}

/** What tokens may do. Default: all of it with the token "admin". */
export type Authorize = (token: string, verb: string, target: Target) => "yes" | "no" | "who?";

const DEFAULT_WATCH_MS = 30 * 60_000;

export interface KubernetesOptions {
  readonly authorize?: Authorize;
  /** kubectl sends tokens over TLS only; workerd trusts no certificate of our own. Absent: plain http. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startKubernetes({
  authorize = (token) => (token === "admin" ? "yes" : "who?"),
  tls,
}: KubernetesOptions = {}): Promise<KubernetesServer> {
  const store = new Store();
  const watches = new Set<Watch>();
  const requests: Seen[] = [];
  let [server, port]: [Server | null, number] = [null, 0];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://server");
    const method = request.method ?? "GET";
    let isWatched = false;
    response.on("finish", () => {
      if (isWatched) return;
      requests.push({ method, path: url.pathname, query: url.searchParams, status: response.statusCode });
    });
    try {
      if (own.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, own.delayMs));
      if (own.intercept?.(request, response)) return;
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      const target = targetOf(url.pathname);
      const isWatch = ["1", "true"].includes(url.searchParams.get("watch") ?? "");
      const verdict = authorize(token, isWatch ? "watch" : method.toLowerCase(), target ?? NOWHERE);
      if (verdict === "who?") throw new ApiError(401, "Unauthorized", "Unauthorized");
      if (verdict === "no") {
        const what = `User cannot ${isWatch ? "watch" : "list"} resource "${target?.kind.resource}"`;
        throw new ApiError(403, "Forbidden", `${what} in API group "${target?.kind.group}"`);
      }
      if (target === null) return sendDocument(request, response, url.pathname);
      if (!/json/.test(request.headers["content-type"] ?? "json")) {
        throw new ApiError(
          415,
          "UnsupportedMediaType",
          "the body of the request was in an unknown format; JSON is served",
        );
      }
      const body = await readBody(request);
      if (isWatch && method === "GET") {
        isWatched = true;
        requests.push({ method: "WATCH", path: url.pathname, query: url.searchParams, status: 200 });
        return watchFor(request, response, target, url.searchParams);
      }
      send(response, method === "POST" ? 201 : 200, handle(request, method, target, url.searchParams, body));
    } catch (error) {
      if (response.headersSent) return void response.destroy();
      const refusal = error instanceof ApiError ? error : new ApiError(500, "InternalError", String(error));
      send(response, refusal.code, statusOf(refusal), refusal.headers);
    }
  }

  function handle(
    request: IncomingMessage,
    method: string,
    target: Target,
    query: URLSearchParams,
    body: unknown,
  ): unknown {
    const dryRun = query.get("dryRun") === "All";
    const asTable = wantsTable(request.headers.accept);
    const includes = query.get("includeObject") ?? "Metadata";
    const one = (object: ApiObject) =>
      asTable ? tableOf(target.kind, [object], { resourceVersion: object.metadata.resourceVersion }, includes) : object;
    if (target.name === "") {
      if (method === "GET") {
        const { items, metadata } = list(store, target, query);
        if (asTable) return tableOf(target.kind, items, metadata, includes);
        return { kind: `${target.kind.kind}List`, apiVersion: groupVersion(target.kind), metadata, items };
      }
      if (method === "POST") return one(create(store, target, body, dryRun));
      if (method === "DELETE") {
        const { items } = list(store, target, query);
        for (const { metadata } of items)
          remove(store, { ...target, namespace: metadata.namespace ?? "", name: metadata.name }, null, dryRun);
        return SUCCESS;
      }
    }
    if (method === "GET") return one(get(store, target));
    if (method === "PUT") return one(replace(store, target, body, dryRun));
    if (method === "PATCH") {
      const type = (request.headers["content-type"] ?? "").split(";")[0]!.trim();
      return one(patch(store, target, body, type, dryRun));
    }
    if (method === "DELETE") {
      const { metadata } = remove(store, target, body, dryRun);
      return { ...SUCCESS, details: { name: metadata.name, kind: target.kind.resource, uid: metadata.uid } };
    }
    throw new ApiError(405, "MethodNotAllowed", `the server does not allow ${method} on the requested resource`);
  }

  function watchFor(request: IncomingMessage, response: ServerResponse, target: Target, query: URLSearchParams): void {
    const byName = target.name === "" ? "" : `metadata.name=${target.name}`;
    if (byName !== "") query.set("fieldSelector", byName);
    const watch = startWatch(
      store,
      {
        kind: target.kind,
        prefix: prefixOf(target),
        selector: selectorOf(query),
        resourceVersion: watchedFrom(store, query),
        allowsBookmarks: ["1", "true"].includes(query.get("allowWatchBookmarks") ?? ""),
        timeoutMs: Number(query.get("timeoutSeconds") ?? 0) * 1_000 || DEFAULT_WATCH_MS,
        tableIncludes: wantsTable(request.headers.accept) ? (query.get("includeObject") ?? "Metadata") : null,
      },
      response,
      () => watches.delete(watch),
    );
    watches.add(watch);
  }

  const own: KubernetesServer = {
    get url() {
      return `${tls ? "https" : "http"}://127.0.0.1:${port}`;
    },
    get openWatches() {
      return watches.size;
    },
    store,
    requests,
    intercept: null,
    delayMs: 0,
    bookmark: () => watches.forEach((watch) => void watch.bookmark()),
    endWatches: (how) => [...watches].forEach((watch) => void watch.end(how)),
    writeToWatches: (text) => watches.forEach((watch) => void watch.raw(text)),
    stop: async () => {
      own.endWatches("cut");
      server?.closeAllConnections();
      await new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)));
      server = null;
    },
    start: async () => {
      const listener = (request: IncomingMessage, response: ServerResponse) => void answer(request, response);
      const next = tls ? https.createServer(tls, listener) : http.createServer(listener);
      await new Promise<void>((resolve, reject) => next.once("error", reject).listen(port, "127.0.0.1", resolve));
      server = next;
      port = (next.address() as AddressInfo).port;
    },
    apply: (object) => {
      const { kind: name, metadata, status } = object as unknown as ApiObject;
      const kind = KINDS.find((one) => one.kind === name)!;
      const target = { kind, namespace: metadata.namespace ?? "", name: metadata.name, isStatus: false };
      const exists = store.get(keyOf(target)) !== null;
      const written = exists
        ? replace(store, target, object, false)
        : create(store, { ...target, name: "" }, object, false);
      return status === undefined
        ? written
        : replace(store, { ...target, isStatus: true }, { ...written, status }, false);
    },
    delete: (resource, namespace, name) => {
      const kind = KINDS.find((one) => one.resource === resource)!;
      remove(store, { kind, namespace, name, isStatus: false }, null, false);
    },
  };
  for (const name of ["default", "kube-system"]) own.apply({ kind: "Namespace", apiVersion: "v1", metadata: { name } });
  await own.start();
  return own;
}

const NOWHERE: Target = { kind: KINDS[0]!, namespace: "", name: "", isStatus: false };
const SUCCESS = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };

/** /api/v1/… or /apis/GROUP/VERSION/…, then [namespaces/NAMESPACE/]RESOURCE[/NAME[/status]]. */
function targetOf(path: string): Target | null {
  for (const kind of KINDS) {
    const base = `${kind.group === "" ? "/api" : "/apis"}/${groupVersion(kind)}/`;
    if (!path.startsWith(base)) continue;
    const parts = path.slice(base.length).split("/").map(decodeURIComponent);
    const isIn = kind.isNamespaced && parts[0] === "namespaces" && parts.length > 2;
    const [resource, name = "", subresource] = isIn ? parts.slice(2) : parts;
    if (resource !== kind.resource) continue;
    return { kind, namespace: isIn ? parts[1]! : "", name, isStatus: subresource === "status" };
  }
  return null;
}

function sendDocument(request: IncomingMessage, response: ServerResponse, path: string): void {
  if (path === "/openapi/v2" && (request.headers.accept ?? "").includes("protobuf")) {
    // A document without definitions is one without bytes. Kinds that it does not describe are not checked by kubectl.
    response.writeHead(200, { "content-type": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf" }).end();
    return;
  }
  const document = documentAt(path);
  if (document === null) throw new ApiError(404, "NotFound", "the server could not find the requested resource");
  send(response, 200, document);
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest("the body is no JSON");
  }
}

/** One watch: events as chunks of one line each, bookmarks, and its end. Source: API Concepts, "Efficient detection of changes". */
import type { ServerResponse } from "node:http";
import { groupVersion, type Kind } from "./kinds.ts";
import { ApiError, type ApiObject, statusOf } from "./objects.ts";
import type { Selector } from "./selectors.ts";
import type { Store, StoreEvent } from "./store.ts";
import { tableOf } from "./tables.ts";

export interface WatchRequest {
  readonly kind: Kind;
  /** Keys of the store. */
  readonly prefix: string;
  readonly selector: Selector;
  /** Null: none was asked for, and what there is comes first. */
  readonly resourceVersion: number | null;
  readonly allowsBookmarks: boolean;
  readonly timeoutMs: number;
  /** Null: plain objects. */
  readonly tableIncludes: string | null;
}

export interface Watch {
  bookmark(): void;
  /** Ends it in good order, or (`cut`) as a lost connection does. */
  end(how: "end" | "cut"): void;
  /** Writes a line as it is. */
  raw(text: string): void;
}

export function startWatch(store: Store, request: WatchRequest, response: ServerResponse, onEnd: () => void): Watch {
  const { kind, prefix, selector } = request;
  const send = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
  const sendObject = (type: string, object: ApiObject) => {
    const { tableIncludes } = request;
    const { resourceVersion } = object.metadata;
    if (tableIncludes === null) send(type, object);
    else send(type, tableOf(kind, [object], { resourceVersion }, tableIncludes));
  };
  const isMine = ({ metadata }: ApiObject) =>
    prefix === `${kind.resource}/` || prefix === `${kind.resource}/${metadata.namespace}/`;
  const onEvent = ({ resource, before, object, revision }: StoreEvent) => {
    const subject = object ?? before!;
    if (resource !== kind.resource || !isMine(subject)) return;
    const [was, is] = [before !== null && selector(before), object !== null && selector(object)];
    if (is) sendObject(was ? "MODIFIED" : "ADDED", object!);
    else if (was) {
      const { metadata } = subject;
      sendObject("DELETED", { ...subject, metadata: { ...metadata, resourceVersion: String(revision) } });
    }
  };
  response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" });
  response.flushHeaders();
  let unsubscribe = () => {};
  let timer: ReturnType<typeof setTimeout> | null = null;
  const watch: Watch = {
    bookmark: () => {
      if (!request.allowsBookmarks) return;
      const metadata = { resourceVersion: String(store.revision), creationTimestamp: null };
      const object = { kind: kind.kind, apiVersion: groupVersion(kind), metadata };
      if (request.tableIncludes === null) send("BOOKMARK", object);
      else send("BOOKMARK", tableOf(kind, [], { resourceVersion: metadata.resourceVersion }, request.tableIncludes));
    },
    end: (how) => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
      if (how === "cut") response.destroy();
      else response.end();
      onEnd();
    },
    raw: (text) => {
      response.write(text);
    },
  };
  try {
    if (request.resourceVersion === null) {
      for (const { object } of store.list(prefix, store.revision)) if (selector(object)) sendObject("ADDED", object);
    } else {
      for (const event of store.since(request.resourceVersion)) onEvent(event);
    }
    unsubscribe = store.subscribe(onEvent);
    timer = setTimeout(() => {
      watch.bookmark();
      watch.end("end");
    }, request.timeoutMs);
    response.on("close", () => {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
      onEnd();
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // As the watch cache of an API server says it: within the answer.
    send("ERROR", statusOf(error));
    response.end();
    queueMicrotask(onEnd);
  }
  return watch;
}

/**
 * Where one stream of changes stands: list, then watch from there, and what to do after a failure. The reducer of what
 * Kubernetes' own watchers do (client-go's Reflector); the object does the fetching.
 *
 *     list ──page by page──▶ watch from its version ──end──▶ watch from the last version heard
 *      ▲                        │ 410, or a line that means nothing
 *      └────────────────────────┘
 */
import type { Rng } from "../../core/rng.ts";
import { backoffMs, type Fault } from "./fault.ts";

export interface Stream {
  /** What to watch from, opaque; "": list first. */
  readonly resourceVersion: string;
  /** A list was complete once: what is known is the cluster's, if an old one. */
  readonly isSynced: boolean;
  /** Epoch, of the last good answer, event or bookmark; 0: never. */
  readonly heardAtMs: number;
  /** In a row. */
  readonly failures: number;
  /** Nothing is asked before. */
  readonly dueMs: number;
  /** The last one, until something is heard. */
  readonly fault: Fault | null;
}

export const NEW_STREAM: Stream = {
  resourceVersion: "",
  isSynced: false,
  heardAtMs: 0,
  failures: 0,
  dueMs: 0,
  fault: null,
};

export type Step =
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "list" }
  | { readonly do: "watch"; readonly resourceVersion: string };

export function nextStep({ dueMs, resourceVersion }: Stream, nowMs: number): Step {
  if (dueMs > nowMs) return { do: "wait", ms: dueMs - nowMs };
  return resourceVersion === "" ? { do: "list" } : { do: "watch", resourceVersion };
}

/** A list came to its end. Failures are not forgotten before the watch has said something, lest the two take turns for ever. */
export function onListed(stream: Stream, resourceVersion: string, nowMs: number): Stream {
  return { ...stream, resourceVersion, isSynced: true, heardAtMs: nowMs, dueMs: 0, fault: null };
}

/** The server has begun to answer a watch. It may still say that the version is too old. */
export function onOpened(stream: Stream, nowMs: number): Stream {
  return { ...stream, heardAtMs: nowMs, fault: null };
}

/** An event or a bookmark was taken in, or a watch came to its end in good order (`resourceVersion` as before). */
export function onHeard(stream: Stream, resourceVersion: string, nowMs: number): Stream {
  return { ...stream, resourceVersion, heardAtMs: nowMs, failures: 0, dueMs: 0, fault: null };
}

/**
 * A request or a watch failed. What is known stays; after a version that is too old, or an answer that means nothing, the
 * next request is a list.
 */
export function onFault(stream: Stream, fault: Fault, nowMs: number, rng: Rng): Stream {
  const failures = stream.failures + 1;
  const isLost = fault.reason === "gone" || fault.reason === "unintelligible" || fault.reason === "too_large";
  return {
    ...stream,
    resourceVersion: isLost ? "" : stream.resourceVersion,
    failures,
    dueMs: nowMs + backoffMs(fault, failures, rng),
    fault,
  };
}

/** The clusters that a service's Kubernetes sources are in: told what the service takes from them, again and again. */
import type { Settings } from "../../src/discovery/registry/state.ts";
import { type Clusters, type Following, followClusters } from "../cluster-watch/follow-clusters.ts";

/** Well within the lease that a cluster gives. */
const REPEAT_MS = 60_000;
/** A cluster's object did not answer. */
const RETRY_MS = 5_000;

export class Followings {
  readonly #clusters: Clusters | undefined;
  readonly #service: string;
  #followed: readonly string[] = [];
  #isUnderWay = false;
  #dueMs = 0;
  /** What was said last. */
  #said: Following | null = null;

  /** `clusters`: undefined where the deployment has none. */
  constructor(clusters: Clusters | undefined, service: string) {
    this.#clusters = clusters;
    this.#service = service;
  }

  /** The mesh is another one. */
  expire(): void {
    this.#dueMs = 0;
  }

  /** When the clusters have to be told again; Infinity: there are none. */
  nextMs(settings: Settings | null): number {
    const isNeeded = this.#followed.length > 0 || (settings?.discovery.kubernetes.length ?? 0) > 0;
    return this.#clusters === undefined || this.#isUnderWay || !isNeeded ? Number.POSITIVE_INFINITY : this.#dueMs;
  }

  /** Tells them when it is due. Fulfilled when all have answered; null: it is not due. Never rejects. */
  start(settings: Settings | null, nowMs: number): Promise<unknown> | null {
    const clusters = this.#clusters;
    if (clusters === undefined || !(this.nextMs(settings) <= nowMs)) return null;
    const following = followingOf(this.#service, settings, this.#said);
    if (following === null) return null;
    this.#isUnderWay = true;
    this.#said = following;
    this.#dueMs = nowMs + REPEAT_MS;
    return followClusters(clusters, following, this.#followed).then(({ followed, isHeard }) => {
      this.#isUnderWay = false;
      this.#followed = followed;
      if (!isHeard) this.#dueMs = Math.min(this.#dueMs, nowMs + RETRY_MS);
    });
  }
}

/** What a service without discovery takes from the clusters that it had: nothing. */
function followingOf(service: string, settings: Settings | null, said: Following | null): Following | null {
  if (settings === null) return said && { ...said, sources: [] };
  const { discovery, policy, compiledAtMs, clusters = [] } = settings;
  // A cluster that has left the mesh is told, too.
  const gone = (said?.clusters ?? []).filter(({ name }) => !clusters.some((cluster) => cluster.name === name));
  return { service, sources: discovery.kubernetes, clusters: [...clusters, ...gone], policy, compiledAtMs };
}

/** A Worker with a cluster's object and a registry that keeps what it is offered. */
import { DurableObject } from "cloudflare:workers";
import { ClusterWatch } from "../../../../durable-objects/cluster-watch/cluster-watch.ts";
import type { FollowRequest } from "../../../../durable-objects/cluster-watch/follow.ts";
import { newSource, onResult, type SourceResult, type SourceState } from "../../../../src/discovery/source.ts";

export { ClusterWatch };

const POLICY = { allow: ["http", "private", "loopback"] as const };

/** Takes in what sources say as the registry of a service does, and remembers each of them. */
export class OfferedRegistry extends DurableObject {
  readonly #states = new Map<string, SourceState>();
  #offers = 0;
  #isAway = false;

  async offer(source: string, result: SourceResult): Promise<{ ok: true }> {
    if (this.#isAway) throw new Error("away for a test");
    this.#offers++;
    const state = this.#states.get(source) ?? newSource(source, "kubernetes");
    this.#states.set(source, onResult(state, result, POLICY));
    return { ok: true };
  }

  async setAway(isAway: boolean): Promise<void> {
    this.#isAway = isAway;
  }

  async states(): Promise<{ offers: number; sources: readonly SourceState[] }> {
    return { offers: this.#offers, sources: [...this.#states.values()] };
  }
}

interface Env {
  readonly CLUSTER_WATCH: DurableObjectNamespace<ClusterWatch>;
  readonly REGISTRY: DurableObjectNamespace<OfferedRegistry>;
}

export default {
  async fetch(request: Request, { CLUSTER_WATCH, REGISTRY }: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const [, what, name = ""] = pathname.split("/");
    switch (what) {
      case "follow":
        return Response.json(await CLUSTER_WATCH.getByName(name).follow((await request.json()) as FollowRequest));
      case "describe":
        return Response.json(await CLUSTER_WATCH.getByName(name).describe());
      case "states":
        return Response.json(await REGISTRY.getByName(name).states());
      case "away":
        await REGISTRY.getByName(name).setAway((await request.json()) as boolean);
        return Response.json({});
      default:
        return new Response(null, { status: 404 });
    }
  },
} satisfies ExportedHandler<Env>;

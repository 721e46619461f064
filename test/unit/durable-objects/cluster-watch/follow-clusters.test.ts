import { describe, expect, it } from "vitest";
import { checkFollow, type FollowRequest } from "../../../../durable-objects/cluster-watch/follow.ts";
import { followClusters } from "../../../../durable-objects/cluster-watch/follow-clusters.ts";
import { CLUSTER, sourceOf } from "../../discovery/kubernetes/cluster.ts";

const clusters = [CLUSTER, { ...CLUSTER, name: "us" }, { ...CLUSTER, name: "unused" }];
const sources = [sourceOf(), sourceOf({ name: "k2", cluster: "us" })];
const following = { service: "shop", sources, clusters, policy: { allow: [], self: ["a.example"] }, compiledAtMs: 7 };

/** Clusters that note what they are told; those named in `deaf` do not answer. */
function tell(over: Partial<typeof following>, before: readonly string[], deaf: readonly string[] = []) {
  const told: FollowRequest[] = [];
  const namespace = {
    getByName: (name: string) => ({
      follow: async (request: FollowRequest) => {
        if (deaf.includes(name)) throw new Error("away");
        told.push(request);
        return { ok: true };
      },
    }),
  };
  return followClusters(namespace, { ...following, ...over }, before).then((followed) => ({ followed, told }));
}

const said = (told: readonly FollowRequest[]) => told.map(({ cluster, sources: own }) => [cluster.name, own.length]);

describe("the clusters of a service", () => {
  it("are told what it takes from each, in a request that they accept", async () => {
    const { followed, told } = await tell({}, []);
    expect(followed).toEqual({ followed: ["eu", "us"], isHeard: true });
    expect(said(told)).toEqual([
      ["eu", 1],
      ["us", 1],
    ]);
    for (const request of told) expect(checkFollow(request)).toEqual(request);
  });

  it("are told when it takes no more, until they have heard it", async () => {
    const left = await tell({ sources: [sources[0]!] }, ["eu", "us"], ["us"]);
    expect(left.followed).toEqual({ followed: ["eu", "us"], isHeard: false });
    const again = await tell({ sources: [sources[0]!] }, left.followed.followed);
    expect(again.followed).toEqual({ followed: ["eu"], isHeard: true });
    expect(said(again.told)).toEqual([
      ["eu", 1],
      ["us", 0],
    ]);
  });
});

describe("a request to follow", () => {
  const good = { ...following, clusters: undefined, cluster: CLUSTER, sources: [sourceOf()] };

  it.each<[string, object]>([
    ["a secret that is none of a cluster's", { cluster: { ...CLUSTER, tokenSecret: "HEDDLE_BOOTSTRAP_TOKEN" } }],
    ["a binding that is none of a cluster's", { cluster: { ...CLUSTER, binding: "REGISTRY" } }],
    ["an API server that is no URL", { cluster: { ...CLUSTER, apiServer: "k8s" } }],
    ["a source of another cluster", { sources: [sourceOf({ cluster: "us" })] }],
    ["too many sources", { sources: Array.from({ length: 17 }, () => sourceOf()) }],
    ["an allowance that nobody knows", { policy: { allow: ["everything"] } }],
    ["no date", { compiledAtMs: "now" }],
    ["no name", { service: "" }],
  ])("is refused with %s", (_, over) => {
    expect(checkFollow({ ...good, ...over })).toEqual(expect.any(String));
  });

  it("is refused when it is none at all", () => {
    for (const value of [null, 1, "x", [], {}]) expect(checkFollow(value)).toEqual(expect.any(String));
  });
});

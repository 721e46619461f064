/** The Worker of worker/main.ts in workerd: clusters that are followed over real HTTP, and what their registries hear. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import type { ClusterDescription } from "../../../durable-objects/cluster-watch/describe.ts";
import type { FollowRequest } from "../../../durable-objects/cluster-watch/follow.ts";
import { SOCKET, workerdConfig } from "../../../src/cli/workerd/capnp.ts";
import { startRuntime } from "../../../src/cli/workerd/runtime.ts";
import type { ClusterSettings, KubernetesSource } from "../../../src/discovery/kubernetes/settings.ts";
import type { SourceState } from "../../../src/discovery/source.ts";

export interface Watcher {
  follow(request: FollowRequest): Promise<{ ok: boolean; error?: string; detail?: string }>;
  describe(cluster: string): Promise<ClusterDescription>;
  /** What the service's registry knows of its sources, and how often it was told. */
  states(service: string): Promise<{ offers: number; sources: readonly SourceState[] }>;
  setRegistryAway(service: string, isAway: boolean): Promise<void>;
  /** Ends the process and starts another over the same storage: every object is evicted. */
  restart(): Promise<void>;
  /** What workerd wrote. */
  readonly log: readonly string[];
  close(): Promise<void>;
}

export async function startWatcher(secrets: Readonly<Record<string, string>>): Promise<Watcher> {
  const folder = mkdtempSync(join(tmpdir(), "heddle-cluster-"));
  const stateDir = join(folder, "state");
  mkdirSync(stateDir);
  await build({
    entryPoints: [resolve(import.meta.dirname, "worker/main.ts")],
    bundle: true,
    format: "esm",
    target: "es2024",
    external: ["cloudflare:workers"],
    outfile: join(folder, "worker.js"),
  });
  writeFileSync(join(folder, "cache.js"), "export default { fetch: () => new Response(null, { status: 504 }) };");
  writeFileSync(join(folder, "mesh.json"), "{}");
  const config = join(folder, "config.capnp");
  const address = "127.0.0.1:0";
  writeFileSync(
    config,
    workerdConfig({
      edgeModule: "worker.js",
      cacheModule: "cache.js",
      meshModule: "mesh.json",
      address,
      stateDir,
      namespaces: [
        { binding: "CLUSTER_WATCH", className: "ClusterWatch" },
        { binding: "REGISTRY", className: "OfferedRegistry" },
      ],
      bindings: secrets,
      v8Flags: [],
    }),
  );
  const lines: string[] = [];
  const start = () => startRuntime(config, new Map([[SOCKET, address]]), {}, (line) => void lines.push(line));
  let running = await start();
  const call = async <T>(path: string, body?: unknown): Promise<T> => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${running.port}${path}`, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  return {
    log: lines,
    follow: (request) => call(`/follow/${request.cluster.name}`, request),
    describe: (cluster) => call(`/describe/${cluster}`),
    states: (service) => call(`/states/${service}`),
    setRegistryAway: async (service, isAway) => void (await call(`/away/${service}`, isAway)),
    restart: async () => {
      await running.stop();
      running = await start();
    },
    close: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function clusterAt(apiServer: string, over: Partial<ClusterSettings> = {}): ClusterSettings {
  return {
    name: "eu",
    apiServer,
    tokenSecret: "CLUSTER_TOKEN_EU",
    binding: "",
    namespaces: [],
    cloud: "aws",
    region: "eu-west-1",
    pageSize: 500,
    watchMs: 240_000,
    answerMs: 10_000,
    ...over,
  };
}

export function sourceOf(over: Partial<KubernetesSource> = {}): KubernetesSource {
  return {
    name: "kubernetes-0",
    cluster: "eu",
    select: { namespaces: [], names: ["shop"], labels: {} },
    port: "",
    url: "http://{address}:{targetPort}",
    weight: 1,
    priority: 0,
    labels: {},
    ...over,
  };
}

export function following(
  cluster: ClusterSettings,
  sources: readonly KubernetesSource[] = [sourceOf({ cluster: cluster.name })],
  service = "shop",
): FollowRequest {
  return { service, cluster, sources, policy: { allow: ["http", "loopback"], self: [] }, compiledAtMs: 1_000 };
}

// ---- objects ---------------------------------------------------------------------------------------------------------

export interface PodOver {
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
  readonly zone?: string;
  readonly node?: string;
}

export function serviceObject(name: string, over: Record<string, unknown> = {}, namespace = "default") {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace, labels: { app: name } },
    spec: { ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    ...over,
  };
}

/** - `pods`: by address. */
export function sliceObject(
  service: string,
  pods: Readonly<Record<string, PodOver>>,
  { name = `${service}-1`, namespace = "default" } = {},
) {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name, namespace, labels: { "kubernetes.io/service-name": service } },
    addressType: "IPv4",
    ports: [{ name: "http", port: 8080, protocol: "TCP" }],
    endpoints: Object.entries(pods).map(
      ([address, { ready = true, serving = ready, terminating = false, zone, node }]) => ({
        addresses: [address],
        conditions: { ready, serving, terminating },
        ...(zone !== undefined && { zone }),
        ...(node !== undefined && { nodeName: node }),
        targetRef: { kind: "Pod", name: `pod-${address.replaceAll(".", "-")}`, namespace },
      }),
    ),
  };
}

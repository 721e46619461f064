/** From `kubectl apply` to a request that is answered by the new pod: both Workers on workerd, the API server, the real kubectl. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import { type Api, startApi } from "../control/api-client.ts";
import { createResources } from "../harness/resources.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";
import { type KubernetesServer, startKubernetes } from "./server/start.ts";
import { until } from "./until.ts";

const TOKEN = "the-token-of-the-cluster";
/** A change: 0.1 s to the registry, a second to the next set, 5 s to the isolates; many times that on a busy machine. */
const REACHED_MS = 60_000;

const own = createResources();
let api: Api;
let server: KubernetesServer;
let kubectl: Kubectl;
let fixed: Origin;
let first: Origin;
let second: Origin;

const config = () => `
discovery:
  allow: [http, loopback]
  clusters: { eu: { apiServer: "${server.url}", cloud: aws, region: eu-west-1 } }
services:
  shop:
    endpoints: [{ id: fixed, url: "${fixed.url}", priority: 1 }]
    loadBalancing: { policy: round-robin }
    discovery:
      drain: 1s
      kubernetes: [{ cluster: eu, select: { names: [web] }, url: "http://{address}:{targetPort}" }]
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`;

beforeAll(async () => {
  [fixed, first, second] = await Promise.all([own.origin("fixed"), own.origin("first"), own.origin("second")]);
  // kubectl sends no token without TLS, and workerd trusts no certificate of ours: who has none is let in, too.
  server = await startKubernetes({ authorize: (token) => (token === TOKEN || token === "" ? "yes" : "who?") });
  kubectl = kubectlFor(server);
  api = await startApi(
    `
services: { shop: { endpoints: [{ id: fixed, url: "${fixed.url}" }] } }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`,
    { bindings: { CLUSTER_TOKEN_EU: TOKEN, HEDDLE_ALLOW_ENDPOINTS: "http,loopback" } },
  );
});

afterAll(async () => {
  kubectl?.close();
  await api?.stop();
  await server?.stop();
  await own.close();
});

async function apply(objects: string): Promise<void> {
  expect(await kubectl.run(["apply", "-f", "-"], objects)).toMatchObject({ code: 0, stderr: "" });
}

const service = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: default }
spec: { ports: [{ name: http, port: 80 }] }
`;

/** A slice of its own for each pod: they listen on ports of their own. */
const slice = (name: string, port: number, ready: boolean) => `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-${name}, namespace: default, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ name: http, port: ${port}, protocol: TCP }]
endpoints: [{ addresses: [127.0.0.1], conditions: { ready: ${ready} }, targetRef: { kind: Pod, name: ${name} } }]
`;

/** Who answers now, of 20 requests. */
async function answering(): Promise<string[]> {
  const names = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const response = await fetch(api.edge.url);
    await response.arrayBuffer();
    names.add(response.status === 200 ? (response.headers.get("x-origin") ?? "") : String(response.status));
  }
  return [...names].sort();
}

const isAnsweredBy = (...names: string[]) => until(async () => (await answering()).join() === names.join(), REACHED_MS);

describe("a service whose pods a cluster runs", () => {
  it("is answered by them from when kubectl has applied them, without a deployment of the mesh", async () => {
    await apply([service, slice("first", first.port, true)].join("---"));
    await api.apply(config());
    await isAnsweredBy("first");
    await apply(slice("second", second.port, true));
    await isAnsweredBy("first", "second");
  });

  it("is answered by those alone that are ready", async () => {
    await apply(slice("first", first.port, false));
    await isAnsweredBy("second");
    await apply(slice("first", first.port, true));
    await isAnsweredBy("first", "second");
  });

  it("says where its endpoints come from, and how the cluster is", async () => {
    const { json } = await api.ask("/v1/discovery");
    expect(json.clusters).toMatchObject([{ name: "eu", isWatching: true, services: 1, endpointSlices: 2 }]);
    expect(JSON.stringify(json)).not.toContain(TOKEN);
  });

  it("goes on without the API server, on what was known last, and says so", async () => {
    await server.stop();
    await until(async () => /no connection for/.test((await api.ask("/v1/discovery")).text), REACHED_MS);
    // One that is new gets its share slowly: not every twenty requests have one for it.
    await isAnsweredBy("first", "second");
  });

  it("hears what has changed meanwhile when it is back", async () => {
    server.delete("endpointslices", "default", "web-first");
    await server.start();
    await until(async () => (await answering()).join() === "second", 90_000);
  });
});

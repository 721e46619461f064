import { describe, expect, it } from "vitest";
import type { Inventory } from "../../../../src/discovery/kubernetes/inventory.ts";
import { indexSlices, MAX_FOUND, project } from "../../../../src/discovery/kubernetes/project.ts";
import type { KubernetesSource } from "../../../../src/discovery/kubernetes/settings.ts";
import { CLUSTER, clusterOf, serviceJson, sliceJson, sourceOf } from "./cluster.ts";

const of = (inventory: Inventory, over: Partial<KubernetesSource> = {}) =>
  project(CLUSTER, sourceOf(over), inventory, indexSlices(inventory));

/** "URL weight", in brackets when it is not ready. */
function shown(inventory: Inventory, over: Partial<KubernetesSource> = {}): string[] {
  return of(inventory, over)
    .found.map(({ endpoint: { origin, basePath, weight }, ready }) => {
      const text = `${origin}${basePath} ${Math.round(weight * 1_000) / 1_000}`;
      return ready ? text : `(${text})`;
    })
    .sort();
}

const web = sliceJson("web", {
  "10.0.0.1": { node: "n1", zone: "a", pod: "web-1" },
  "10.0.0.2": { node: "n1", zone: "a", pod: "web-2" },
  "10.0.0.3": { node: "n2", zone: "b", pod: "web-3", ready: false },
});
const loadBalancer = { status: { loadBalancer: { ingress: [{ hostname: "lb.example.com" }, { ip: "192.0.2.7" }] } } };

describe("what a source finds in a cluster", () => {
  it.each<[string, string, readonly string[]]>([
    [
      "each pod",
      "http://{address}:{targetPort}",
      ["(http://10.0.0.3:8080 1)", "http://10.0.0.1:8080 1", "http://10.0.0.2:8080 1"],
    ],
    [
      "each Service, with the weight of its ready pods",
      "https://{service}.{namespace}.{cluster}.example.com/api",
      ["https://web.prod.eu.example.com/api 2"],
    ],
    [
      "each node",
      "http://{node}.example.com:{nodePort}",
      ["(http://n2.example.com:30080 1)", "http://n1.example.com:30080 2"],
    ],
    [
      "each zone",
      "https://{service}.{zone}.example.com",
      ["(https://web.b.example.com 1)", "https://web.a.example.com 2"],
    ],
    [
      "each address of its load balancer, which share its pods",
      "http://{ingress}:{port}",
      ["http://192.0.2.7 1", "http://lb.example.com 1"],
    ],
    ["each external address", "http://{externalIP}:{port}", ["http://192.0.2.1 1", "http://[2001:db8::1] 1"]],
    ["all that one URL stands for", "https://all.example.com", ["https://all.example.com 2"]],
  ])("is one endpoint for %s", (_, url, expected) => {
    const service = serviceJson("web", { externalIPs: ["192.0.2.1", "2001:db8::1"] }, loadBalancer);
    expect(shown(clusterOf([service], [web]), { url })).toEqual(expected);
  });

  it("multiplies the weight that the config gives", () => {
    const inventory = clusterOf([serviceJson("web")], [web]);
    expect(shown(inventory, { url: "https://{service}.example.com", weight: 2.5 })).toEqual([
      "https://web.example.com 5",
    ]);
  });

  it("has a URL for a Service without pods, which is not ready; a pod's has not", () => {
    const inventory = clusterOf([serviceJson("web")], []);
    expect(shown(inventory, { url: "https://{service}.example.com" })).toEqual(["(https://web.example.com 1)"]);
    expect(of(inventory)).toEqual({ found: [], notes: ["prod/web has nothing for http://{address}:{targetPort}"] });
  });

  it("puts slices together, and each pod once: the ready one, then IPv4", () => {
    const inventory = clusterOf(
      [serviceJson("web")],
      [
        sliceJson("web", { "10.0.0.1": { pod: "p1", ready: false }, "10.0.0.2": { pod: "p2" } }),
        sliceJson(
          "web",
          { "10.0.0.9": { pod: "p1" } },
          { metadata: { name: "web-2", namespace: "prod", labels: { "kubernetes.io/service-name": "web" } } },
        ),
        sliceJson(
          "web",
          { "fd00::1": { pod: "p1" }, "fd00::2": { pod: "p2" } },
          {
            addressType: "IPv6",
            metadata: { name: "web-6", namespace: "prod", labels: { "kubernetes.io/service-name": "web" } },
          },
        ),
      ],
    );
    expect(shown(inventory)).toEqual(["http://10.0.0.2:8080 1", "http://10.0.0.9:8080 1"]);
    expect(shown(inventory, { url: "https://{service}.example.com" })).toEqual(["https://web.example.com 2"]);
  });

  it("takes a pod for ready when nothing is said, and for gone when it is on its way out", () => {
    const slice = sliceJson("web", { "10.0.0.1": {}, "10.0.0.2": { ready: false, serving: true, terminating: true } });
    expect(shown(clusterOf([serviceJson("web")], [slice]))).toEqual([
      "(http://10.0.0.2:8080 1)",
      "http://10.0.0.1:8080 1",
    ]);
  });

  it("falls back on pods that still serve while no pod of the Service is ready", () => {
    const slice = sliceJson("web", {
      "10.0.0.1": { ready: false },
      "10.0.0.2": { ready: false, serving: true, terminating: true },
      "10.0.0.3": { ready: false, serving: false, terminating: true },
    });
    expect(shown(clusterOf([serviceJson("web")], [slice]))).toEqual([
      "(http://10.0.0.1:8080 1)",
      "(http://10.0.0.3:8080 1)",
      "http://10.0.0.2:8080 1",
    ]);
  });

  it("carries over where a pod runs and whom it is meant for", () => {
    const slice = sliceJson("web", {
      "10.0.0.1": { node: "n1", zone: "eu-west-1a", pod: "web-1", forZones: ["eu-west-1a", "eu-west-1b"] },
    });
    const { found } = of(clusterOf([serviceJson("web")], [slice]), { labels: { team: "shop" }, priority: 3 });
    expect(found[0]?.endpoint).toMatchObject({
      id: "eu.prod.web.10.0.0.1.8080",
      locality: { cloud: "aws", region: "eu-west-1", zone: "eu-west-1a" },
      near: "weur",
      priority: 3,
      labels: {
        team: "shop",
        "kubernetes/namespace": "prod",
        "kubernetes/service": "web",
        "kubernetes/pod": "web-1",
        "kubernetes/node": "n1",
        "kubernetes/for-zones": "eu-west-1a,eu-west-1b",
      },
    });
  });

  it("has no zone for pods of several", () => {
    const slice = sliceJson("web", { "10.0.0.1": { zone: "a" }, "10.0.0.2": { zone: "b" } });
    const { found } = of(clusterOf([serviceJson("web")], [slice]), { url: "https://{service}.example.com" });
    expect(found[0]?.endpoint.locality.zone).toBe("");
  });

  it.each<[string, Partial<KubernetesSource["select"]>, readonly string[]]>([
    ["everything", {}, ["a.one", "b.one", "b.two"]],
    ["namespaces", { namespaces: ["one"] }, ["a.one", "b.one"]],
    ["names", { names: ["b"] }, ["b.one", "b.two"]],
    ["labels", { labels: { tier: "front" } }, ["a.one", "b.two"]],
    ["all at once", { namespaces: ["one"], names: ["b"], labels: { tier: "front" } }, []],
  ])("is of the Services that are selected by %s", (_, select, expected) => {
    const inventory = clusterOf(
      [
        serviceJson("a", {}, { ns: "one", labels: { tier: "front" } }),
        serviceJson("b", {}, { ns: "one" }),
        serviceJson("b", {}, { ns: "two", labels: { tier: "front" } }),
      ],
      [],
    );
    const source = {
      select: { namespaces: [], names: [], labels: {}, ...select },
      url: "https://{service}.{namespace}",
    };
    expect(shown(inventory, source)).toEqual(expected.map((host) => `(https://${host} 1)`));
  });

  it("takes the port by name or number, through the slices' own names for it", () => {
    const ports = [
      { name: "http", port: 80 },
      { name: "admin", port: 9_000 },
    ];
    const slice = sliceJson(
      "web",
      { "10.0.0.1": {} },
      {
        ports: [
          { name: "admin", port: 9_090 },
          { name: "http", port: 8_080 },
        ],
      },
    );
    const inventory = clusterOf([serviceJson("web", { ports })], [slice]);
    expect(shown(inventory)).toEqual(["http://10.0.0.1:8080 1"]);
    expect(shown(inventory, { port: "admin" })).toEqual(["http://10.0.0.1:9090 1"]);
    expect(shown(inventory, { port: "9000", url: "http://{address}:{port}" })).toEqual(["http://10.0.0.1:9000 1"]);
    expect(of(inventory, { port: "none" })).toEqual({ found: [], notes: ["prod/web has no port none"] });
  });

  it("leaves out what is no host, whatever the API says", () => {
    const status = {
      loadBalancer: { ingress: [{ hostname: "evil.example/path" }, { hostname: "a@b" }, { hostname: "ok.example" }] },
    };
    const inventory = clusterOf([serviceJson("web", {}, { status })], [web]);
    expect(shown(inventory, { url: "https://{ingress}" })).toEqual(["https://ok.example 0.667"]);
  });

  it("is bounded, ready ones first, and says so", () => {
    const pods = Object.fromEntries(
      Array.from({ length: 600 }, (_, i) => [`10.1.${i >> 8}.${i & 255}`, { ready: i % 2 === 0 }]),
    );
    const more = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`10.2.${i >> 8}.${i & 255}`, {}]));
    const inventory = clusterOf([serviceJson("a"), serviceJson("b")], [sliceJson("a", pods), sliceJson("b", more)]);
    const { found, notes } = of(inventory);
    expect(found).toHaveLength(MAX_FOUND);
    expect(found.filter(({ ready }) => ready)).toHaveLength(900);
    expect(notes).toEqual(["1200 endpoints; 1000 are taken"]);
  });

  it("does not depend on the order of slices or Services", () => {
    const slices = [
      sliceJson("web", { "10.0.0.1": {} }),
      sliceJson(
        "web",
        { "10.0.0.2": {} },
        { metadata: { name: "web-2", namespace: "prod", labels: { "kubernetes.io/service-name": "web" } } },
      ),
    ];
    const services = [serviceJson("web"), serviceJson("api")];
    const backwards = clusterOf([...services].reverse(), [...slices].reverse());
    expect(of(backwards)).toEqual(of(clusterOf(services, slices)));
  });
});

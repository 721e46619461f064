import { describe, expect, it } from "vitest";
import { type ControlLayout, type EdgeLayout, text, workerdConfig } from "../../../../src/cli/workerd/capnp.ts";

const layout: EdgeLayout = {
  edgeModule: "edge.js",
  cacheModule: "cache.js",
  meshModule: "mesh.json",
  address: "127.0.0.1:0",
  stateDir: "/tmp/a b",
  namespaces: [{ binding: "SERVICE_MONITOR", className: "ServiceMonitor" }],
  bindings: { HEDDLE_DEV: "1" },
  v8Flags: ["--expose-gc"],
};

describe("text", () => {
  it.each([
    ["plain", '"plain"'],
    ['say "hi"', '"say \\"hi\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["line\nend\u0000", '"line\\x0aend\\x00"'],
    ["é", '"\\xc3\\xa9"'],
  ])("writes %j as a literal", (value, literal) => {
    expect(text(value)).toBe(literal);
  });
});

describe("workerdConfig", () => {
  it("keeps objects on disk", () => {
    const config = workerdConfig(layout);
    expect(config).toContain('(name = "state", disk = (path = "/tmp/a b", writable = true))');
    expect(config).toContain('durableObjectStorage = (localDisk = "state")');
  });

  it("gives every namespace SQL, a stable key and its binding", () => {
    const config = workerdConfig(layout);
    expect(config).toContain('(className = "ServiceMonitor", uniqueKey = "heddle-ServiceMonitor", enableSql = true)');
    expect(config).toContain('(name = "SERVICE_MONITOR", durableObjectNamespace = "ServiceMonitor")');
    expect(config).toContain('(name = "HEDDLE_DEV", text = "1")');
  });

  it("listens with TLS beside the plain socket when there is a certificate", () => {
    const config = workerdConfig({ ...layout, tls: { address: "127.0.0.1:0", keyPair: { key: "KEY", cert: "CERT" } } });
    expect(config).toContain('name = "https", address = "127.0.0.1:0"');
    expect(config).toContain('keypair = (privateKey = "KEY", certificateChain = "CERT")');
    expect(workerdConfig(layout)).not.toContain("keypair");
  });

  it("has a network that shows a certificate for each binding that does, and checks everybody's all the same", () => {
    const certificates = [{ binding: "SHOP_CERT", keyPair: { key: "KEY", cert: "CERT" } }];
    const config = workerdConfig({ ...layout, certificates, authorities: ["CA"] });
    const trust = 'tlsOptions = (trustBrowserCas = true, trustedCertificates = ["CA"]';
    expect(config).toContain(`(name = "internet", network = (allow = ["public", "private"], ${trust})))`);
    const shown = 'keypair = (privateKey = "KEY", certificateChain = "CERT")';
    expect(config).toContain(`network = (allow = ["public", "private"], ${trust}, ${shown})))`);
    expect(config).toContain('(name = "SHOP_CERT", service = "certificate SHOP_CERT")');
  });

  it("puts known hosts before the network, with their own authority", () => {
    const hosts = [{ hostname: "shop.test", address: "127.0.0.1:8443", authority: "CA" }];
    const config = workerdConfig({ ...layout, hosts });
    expect(config).toContain('trustedCertificates = ["CA"]), certificateHost = "shop.test"');
    expect(config).toContain('globalOutbound = "resolver"');
    expect(workerdConfig(layout)).toContain('globalOutbound = "internet"');
    expect(workerdConfig(layout)).not.toContain("resolver");
  });

  it("runs the control plane beside the edge, with objects of both", () => {
    const control: ControlLayout = {
      module: "control.js",
      address: "127.0.0.1:8788",
      namespaces: [
        { binding: "MESH_CONFIG", className: "MeshConfig", owner: "edge" },
        { binding: "REGISTRY", className: "Registry" },
      ],
      bindings: { HEDDLE_BOOTSTRAP_TOKEN: "t" },
      compatibilityFlags: [],
    };
    const config = workerdConfig({ ...layout, control });
    expect(config).toContain('(name = "control", address = "127.0.0.1:8788", http = (), service = "control")');
    expect(config).toContain('durableObjectNamespace = (className = "MeshConfig", serviceName = "edge")');
    expect(config).toContain('(className = "Registry", uniqueKey = "heddle-Registry", enableSql = true)');
    expect(config).not.toContain('uniqueKey = "heddle-MeshConfig"');
    expect(config).not.toContain("ASSETS");
    const assets = { folder: "/srv/app", module: "assets.js", runWorkerFirst: ["/v1/*"] };
    const served = workerdConfig({ ...layout, control: { ...control, assets } });
    expect(served).toContain('disk = (path = "/srv/app")');
    expect(served).toContain('service = (name = "assets", entrypoint = "front")');
    expect(served).not.toContain("DEMO");
    expect(workerdConfig(layout)).not.toContain("control");
  });
});

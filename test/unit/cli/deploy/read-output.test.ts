import { describe, expect, it } from "vitest";
import { errorText, readBuilt, readDeployed } from "../../../../src/cli/deploy/read-output.ts";
import { wranglerFix } from "../../../../src/cli/deploy/wrangler-fix.ts";

// As wrangler 4.156.2 wrote it, against the stand-in of test/integration/harness/cloudflare-api.ts.
const DEPLOYED = `[custom build] Running: npx heddle compile heddle.yaml --out .heddle/mesh.json
[custom build] ok heddle.yaml → .heddle/mesh.json (version f6631aef1e73304c)
Total Upload: 265.78 KiB / gzip: 93.02 KiB
Worker Startup Time: 3 ms
Your Worker has access to the following bindings:
Binding                                                      Resource            
env.MESH_CONFIG (MeshConfig, defined in shop-edge)           Durable Object      
env.EDGE (shop-edge)                                         Worker              
env.HEDDLE_ALLOW_ENDPOINTS ("http")                          Environment Variable

Uploaded shop-control (0.12 sec)
Deployed shop-control triggers (0.20 sec)
  https://shop-control.acme.workers.dev
  shop.example.com (custom domain)
Current Version ID: 11111111-2222
`;

describe("readBuilt", () => {
  it("reads sizes and bindings", () => {
    expect(readBuilt(DEPLOYED)).toEqual({
      uploadKiB: 265.78,
      gzipKiB: 93.02,
      bindings: [
        { name: "MESH_CONFIG", target: "MeshConfig, defined in shop-edge", resource: "Durable Object" },
        { name: "EDGE", target: "shop-edge", resource: "Worker" },
        { name: "HEDDLE_ALLOW_ENDPOINTS", target: '"http"', resource: "Environment Variable" },
      ],
    });
  });

  it("misses what is not there", () => {
    expect(readBuilt("nothing")).toEqual({ uploadKiB: null, gzipKiB: null, bindings: [] });
    expect(readDeployed("nothing")).toEqual({ urls: [], versionId: null });
  });
});

it("reads where a Worker was deployed", () => {
  expect(readDeployed(DEPLOYED)).toEqual({
    urls: ["https://shop-control.acme.workers.dev", "shop.example.com (custom domain)"],
    versionId: "11111111-2222",
  });
});

it("keeps the errors of what Wrangler wrote", () => {
  const output = `Total Upload: 1 KiB / gzip: 1 KiB\n\n✘ [ERROR] Could not resolve "heddle"\n\n\n\n    src/edge.ts:2\n🪵  Logs were written to "/tmp/x.log"\n`;
  expect(errorText(output)).toBe('✘ [ERROR] Could not resolve "heddle"\n\n    src/edge.ts:2');
  expect(errorText("it died\n")).toBe("it died");
});

it.each([
  ['✘ [ERROR] Could not resolve "heddle/objects"', "npm install"],
  ['✘ [ERROR] Could not resolve "heddle:mesh"', "heddle compile"],
  ['✘ [ERROR] Could not resolve "hono"', "npm install"],
  [
    "In a non-interactive environment, it's necessary to set a CLOUDFLARE_API_TOKEN environment variable",
    "wrangler login",
  ],
  ["Authentication error [code: 10000]", "wrangler login"],
  ["Cannot create binding for class MeshConfig [code: 10061]", "heddle deploy --only edge"],
  ["Wrangler requires at least Node.js v22.0.0", "Node.js 22"],
  ["Your Worker exceeded the size limit [code: 10027]", "larger than the plan"],
  ["getaddrinfo ENOTFOUND api.cloudflare.com", "check the network"],
  ["something new", ""],
])("knows what to do about %s", (output, fix) => {
  expect(wranglerFix(output)).toContain(fix);
  if (fix === "") expect(wranglerFix(output)).toBe("");
});

import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { diffMeshes } from "../../../../src/config/diff/diff.ts";
import type { Mesh } from "../../../../src/core/mesh.ts";

async function compiled(text: string): Promise<Mesh> {
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed));
  return compileMesh(parsed.config, { nowMs: 1_000 });
}

const BASE = `
credentials:
  token: { type: Headers, headers: { authorization: { secret: SHOP_TOKEN, prefix: "Bearer " } } }
  edge: { type: HMAC, keyId: edge-1, key: { secret: EDGE_KEY } }
services:
  shop:
    credentials: [token]
    endpoints: [{ id: aws, url: "https://aws.example.com" }, { id: gcp, url: "https://gcp.example.com" }]
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`;

describe("the difference of credentials", () => {
  it.each([
    [
      "another key",
      "EDGE_KEY",
      "EDGE_KEY_2",
      ["credential", [{ path: "credentials.edge.key.from", before: "EDGE_KEY", after: "EDGE_KEY_2" }]],
    ],
    [
      "another one for a service",
      "credentials: [token]",
      "credentials: [edge]",
      ["service", [{ path: "services.shop.credentials", before: ["token"], after: ["edge"] }]],
    ],
    [
      "one of its own for an endpoint",
      '{ id: aws, url: "https://aws.example.com" }',
      '{ id: aws, url: "https://aws.example.com", credentials: [edge] }',
      ["endpoint", [{ path: "services.shop.endpoints.aws.credentials", after: ["edge"] }]],
    ],
  ])("names %s", async (_, from, to, [what, fields]) => {
    const { changes } = diffMeshes(await compiled(BASE), await compiled(BASE.replace(from as string, to as string)));
    expect(changes.map((change) => [change.what, change.fields])).toEqual([[what, fields]]);
  });

  it("touches the services that use one", async () => {
    const after = BASE.replace("SHOP_TOKEN", "OTHER_TOKEN");
    const { changes } = diffMeshes(await compiled(BASE), await compiled(after));
    expect(changes.map(({ what, name, touches }) => [what, name, touches.services])).toEqual([
      ["credential", "token", ["shop"]],
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { diffMeshes } from "../../../../src/config/diff/diff.ts";

async function meshOf(issuer: string, required: boolean) {
  const decoded = parseConfig(`
authentication: { providers: { idp: { type: JWT, issuer: ${issuer}, jwks: { uri: "https://idp.example.com/jwks" } } } }
services: { shop: { endpoints: [{ id: a, url: "https://a.example.com" }] } }
routes: [{ authentication: { providers: [idp], required: ${required} }, rules: [{ backendRefs: [{ service: shop }] }] }]
`);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 1 });
}

describe("a diff", () => {
  it("says who is believed otherwise than before, and whether that is required", async () => {
    const text = JSON.stringify(diffMeshes(await meshOf("one", true), await meshOf("two", false)));
    expect(text).toContain("providers.idp.issuer");
    expect(text).toContain("authentication.required");
  });
});

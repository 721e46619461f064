import { describe, expect, it } from "vitest";
import type { ApiKeyProvider, Authentication } from "../../../../src/core/mesh.ts";
import { openProviders } from "../../../../src/security/authn/open.ts";
import { jwtProvider } from "./providers.ts";

const keys: ApiKeyProvider = { type: "api-key", name: "keys", from: [], keys: [], forward: false };
const meshWith = (...providers: Authentication["providers"]): Authentication => ({
  providers,
  allow: [],
  reservedHeaders: [],
});

describe("the providers of a new mesh", () => {
  it("go on with what they learnt where the config says the same, wherever they stand in it", () => {
    const before = openProviders(meshWith(jwtProvider(), keys), new Map());
    const after = openProviders(meshWith(keys, jwtProvider()), before.providers);
    expect(after.inOrder[1]).toBe(before.inOrder[0]);
    expect(after.inOrder[0]).toBe(before.inOrder[1]);
  });

  it("begin anew where it says anything else, so that no token outlives a rule it was held against", () => {
    const before = openProviders(meshWith(jwtProvider()), new Map());
    const after = openProviders(meshWith(jwtProvider({ audiences: ["shop"] })), before.providers);
    expect(after.inOrder[0]).not.toBe(before.inOrder[0]);
    expect(openProviders({ ...meshWith(jwtProvider()), allow: ["http"] }, before.providers).inOrder[0]).not.toBe(
      before.inOrder[0],
    );
  });
});

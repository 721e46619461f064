import { describe, expect, it } from "vitest";
import { maskSecrets } from "../../../../durable-objects/access-control/audit.ts";

describe("maskSecrets", () => {
  it("masks what is named like a secret, and everything in headers, at any depth", () => {
    const value = {
      name: "shop",
      token: "hdl_x",
      nested: [{ clientSecret: "s", api_key: "k", "api-key": "k", password: { a: 1 } }],
      headers: { "x-anything": "v", list: ["w"] },
      absent: { token: null },
    };
    expect(maskSecrets(value)).toEqual({
      name: "shop",
      token: "•••",
      nested: [{ clientSecret: "•••", api_key: "•••", "api-key": "•••", password: { a: "•••" } }],
      headers: { "x-anything": "•••", list: ["•••"] },
      absent: { token: null },
    });
  });

  it("keeps what only looks a little like one", () => {
    expect(maskSecrets({ tokenCount: 3, keyboard: "us" })).toEqual({ tokenCount: 3, keyboard: "us" });
  });

  it("leaves out what is too long, and says how long it was", () => {
    expect(maskSecrets({ text: "x".repeat(10_000) })).toEqual({ omitted: "10011 characters" });
  });

  it("gives null for nothing", () => {
    expect([maskSecrets(undefined), maskSecrets(null)]).toEqual([null, null]);
  });
});

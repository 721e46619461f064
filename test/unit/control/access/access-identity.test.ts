import { describe, expect, it } from "vitest";
import { accessCaller } from "../../../../workers/control/access/access-identity.ts";

const lists = {
  HEDDLE_ACCESS_ADMINS: "ann@example.com, Platform",
  HEDDLE_ACCESS_OPERATORS: "sre",
  HEDDLE_ACCESS_READERS: "bob@example.com,everyone,",
};

describe("accessCaller", () => {
  it.each([
    [{ email: "ann@example.com" }, ["admin"]],
    [{ email: "ANN@Example.com" }, ["admin"]],
    [{ email: "x@example.com", groups: [{ id: "1", name: "platform" }] }, ["admin"]],
    [{ email: "x@example.com", groups: ["SRE", "everyone"] }, ["operate"]],
    [{ email: "x@example.com", groups: [{ id: "sre" }] }, ["operate"]],
    [{ email: "bob@example.com" }, ["read"]],
    [{ email: "x@example.com" }, []],
    [{ email: "x@example.com", groups: [""] }, []],
  ])("gives %j the scopes %j", (identity, scopes) => {
    expect(accessCaller(identity, lists)).toMatchObject({ via: "access", scopes, services: null });
  });

  it("knows nobody without an e-mail address", () => {
    expect(accessCaller({ groups: ["platform"] }, lists)).toBeNull();
  });

  it("lets nobody do anything where there are no lists", () => {
    expect(accessCaller({ email: "ann@example.com" }, {})?.scopes).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { SCOPES, type Scope } from "../../../../durable-objects/access-control/token.ts";
import { BOOTSTRAP, type Caller, hasScope, mayTouch } from "../../../../workers/control/access/caller.ts";

const caller = (scopes: readonly Scope[], services: readonly string[] | null = null): Caller => ({
  ...BOOTSTRAP,
  scopes,
  services,
});

describe("hasScope", () => {
  it.each([
    ["read", ["read"]],
    ["operate", ["read", "operate"]],
    ["admin", ["read", "operate", "admin", "register"]],
    ["register", ["register"]],
  ] as const)("lets %s do what it includes", (scope, included) => {
    expect(SCOPES.filter((wanted) => hasScope(caller([scope]), [wanted]))).toEqual(included);
  });

  it("is satisfied by one of several", () => {
    expect(hasScope(caller(["register"]), ["read", "register"])).toBe(true);
    expect(hasScope(caller([]), ["read"])).toBe(false);
  });
});

describe("mayTouch", () => {
  it("keeps a limited caller to its services", () => {
    expect([mayTouch(caller([]), "a"), mayTouch(caller([], ["a"]), "a"), mayTouch(caller([], ["a"]), "b")]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

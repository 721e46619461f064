import { describe, expect, it } from "vitest";
import { isBrokenCredentials } from "../../../../durable-objects/mesh-config/broken-credentials.ts";

const plan = { name: "edge", type: "headers", headers: [] };
const endpoint = (credentials?: unknown) => ({ endpoints: [{ id: "a", credentials }] });

describe("the credentials of a mesh", () => {
  it.each([
    ["there are none", undefined, [{ endpoints: [] }]],
    ["nobody uses one", [plan], [endpoint()]],
    ["a service uses one", [plan], [{ credentials: [0], endpoints: [] }]],
    ["an endpoint uses none on purpose", [plan], [endpoint([])]],
  ])("are fine when %s", (_, credentials, services) => {
    expect(isBrokenCredentials(credentials, services)).toBe(false);
  });

  it.each([
    ["they are no list", {}, []],
    ["one is nothing", [null], []],
    ["one has no name", [{ type: "headers" }], []],
    ["one is of a kind that this version does not know", [{ name: "x", type: "spiffe" }], []],
    ["a service uses what is not there", [plan], [{ credentials: [1], endpoints: [] }]],
    ["an endpoint uses what is not there", [plan], [endpoint([0, -1])]],
    ["a check uses what is not there", [plan], [{ endpoints: [], healthChecks: [{ type: "http", credentials: [1] }] }]],
    ["a use is no list", [plan], [endpoint(0)]],
  ])("are broken when %s", (_, credentials, services) => {
    expect(isBrokenCredentials(credentials, services)).toBe(true);
  });

  it.each([
    ["a check", [{ endpoints: [], healthChecks: [{ credentials: [1] }] }], []],
    ["the filters of a rule", [], [{ rules: [{ filters: { credentials: [1] } }] }]],
    [
      "the filters of a backend",
      [],
      [{ rules: [{ filters: null, backendRefs: [{ filters: { credentials: [1] } }] }] }],
    ],
  ])("are broken when %s use what is not there", (_, services, routes) => {
    expect(isBrokenCredentials([plan], services, routes)).toBe(true);
    expect(isBrokenCredentials([plan, plan], services, routes)).toBe(false);
  });
});

import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";

/** What is wrong with a list of denied paths. */
function faultsOf(list: string) {
  const result = parseConfig(`services: { s: { endpoints: [{ id: a, url: "https://a.example.com" }] } }
routes: [{ bounds: { deniedPaths: ${list} }, rules: [{ backendRefs: [{ service: s }] }] }]
`);
  return result.ok ? [] : result.faults.map(({ path, message, suggestion }) => [path, message, suggestion]);
}
const AT = "routes[0].bounds.deniedPaths[0]";

describe("denied paths", () => {
  it.each(["[]", "[default]", "[{ value: /admin }, default]"])("may be %s", (list) => {
    expect(faultsOf(list)).toEqual([]);
  });

  it.each([
    ["[defaults]", AT, /^expected default, found "defaults"/, "default"],
    ["[{ type: Exakt, value: /a }]", `${AT}.type`, /^expected one of Exact, PathPrefix/, "Exact"],
    ["[{ value: admin }]", `${AT}.value`, /must start with "\/"/, undefined],
    ["[{ values: /admin }]", `${AT}.values`, /not a known key/, "value"],
    ["[7]", AT, /^expected default, found 7/, undefined],
  ])("in %s are faults where they are wrong, not of the word", (list, path, message, suggestion) => {
    expect(faultsOf(list)).toContainEqual([path, expect.stringMatching(message), suggestion]);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readCluster } from "../../../../src/import/gateway-api/read-cluster.ts";

interface ValidationCase {
  readonly name: string;
  readonly valid: boolean;
  readonly errors: readonly string[];
  readonly resource: Record<string, unknown>;
}

// kubernetes-sigs/gateway-api, tests/cel, Apache-2.0; the file names repository, commit and source.
const { cases } = JSON.parse(
  readFileSync(new URL("../../../conformance/data/gateway-api/validation.json", import.meta.url), "utf8"),
) as { cases: ValidationCase[] };

const faultsOf = (resource: Record<string, unknown>) =>
  readCluster([{ file: "case.yaml", value: resource }]).findings.filter(({ severity }) => severity === "invalid");

/** The data lost a field of some resources: the same text is there as valid and as invalid. They tell nothing. */
const verdicts = Map.groupBy(cases, ({ resource }) => JSON.stringify(resource));
const isTold = ({ resource }: ValidationCase) =>
  new Set(verdicts.get(JSON.stringify(resource))!.map(({ valid }) => valid)).size === 1;

describe("the rules of the project's own tests", () => {
  it("are told by nearly all of the data", () => {
    expect(cases.filter((one) => !isTold(one)).map(({ name }) => name.split("/")[0])).toEqual(
      expect.arrayContaining(["TestBackendTrafficPolicyConfig", "TestHTTPRouteRule"]),
    );
    expect(cases.filter(isTold).length).toBeGreaterThanOrEqual(150);
  });

  it.each(cases.filter((one) => one.valid && isTold(one)))("accept: $name", ({ resource }) => {
    expect(faultsOf(resource)).toEqual([]);
  });

  it.each(cases.filter((one) => !one.valid && isTold(one)))("refuse: $name", ({ resource, errors }) => {
    const faults = faultsOf(resource);
    expect(faults.length).toBeGreaterThan(0);
    // Where the project's error is a sentence of a rule, it is ours too.
    const told = faults.map(({ path, message }) => `${path} ${message}`).join("\n");
    for (const error of errors.filter((text) =>
      / must (be|not) (specified|nil)|cannot be repeated|must be unique within/.test(text),
    )) {
      if (!error.startsWith("sectionName")) expect(told).toContain(error);
    }
  });
});

/**
 * Resources that Istio's own API accepts or refuses. The cases are data of istio/api, Apache-2.0; the file names the commit.
 */
import { expect, it } from "vitest";
import { importIstio } from "../../../../src/import/istio/import-istio.ts";
import { optionsOf } from "../imported.ts";
import suite from "./api-validation.json" with { type: "json" };

/** Where the fault is, by what the API server says of it; it quotes no path for its CEL rules. */
const PLACES: Readonly<Record<string, RegExp>> = {
  "spec: Required value": /^spec$/,
  "hosts: Required value": /^spec\.hosts$/,
  minimumPercent: /warmup\.minimumPercent$/,
  "warmup.duration": /warmup\.duration$/,
  aggression: /warmup\.aggression$/,
  "port must be": /[pP]orts?(\[0\])?\.(number|targetPort|http)$/,
  "Duplicate value": /^spec\.ports\[1\]\.name$/,
  duplicated: /^spec\.ports\[1\]\.number$/,
  "Address is required": /^spec\.address$/,
  UDS: /^spec\.(address|ports)$/,
  "spec.ports": /^spec\.ports/,
  wildcard: /^spec\.(hosts|workloadSelector)/,
};

const cases = suite.cases.map((one) => [`${one.valid ? "accepts" : "refuses"} ${one.id}`, one] as const);

it.each(cases)("%s", (_, { valid, error, resource }) => {
  const document = { file: "case.yaml", value: resource as Record<string, unknown> };
  const { findings } = importIstio([document], optionsOf());
  const invalid = findings.filter(({ severity }) => severity === "invalid");
  expect(invalid.length > 0).toBe(!valid);
  const place = Object.entries(PLACES).find(([said]) => error?.includes(said))?.[1];
  if (place !== undefined) expect(invalid.map(({ path }) => path)).toContainEqual(expect.stringMatching(place));
});

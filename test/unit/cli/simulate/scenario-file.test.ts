import { describe, expect, it } from "vitest";
import { parseScenarioFile } from "../../../../src/cli/simulate/scenario-file.ts";
import { WORLD } from "./places.ts";

const parse = (text: string, file = "days.yaml") => parseScenarioFile(text, file, WORLD);

describe("parseScenarioFile", () => {
  it("reads several scenarios with several faults, and the usual times where none are stated", () => {
    const text = `scenarios:
  - name: black friday
    faults:
      - { type: surge, factor: 2, at: 10s, for: 3m }
      - { type: outage, target: aws }
      - { type: flap, target: { cloud: gcp }, period: 2s, for: 1m30s }
  - { name: calm, faults: [] }
`;
    expect(parse(text)).toEqual({
      ok: true,
      value: [
        {
          name: "black friday",
          faults: [
            { fault: { type: "surge", factor: 2 }, atMs: 10_000, forMs: 180_000 },
            { fault: { type: "outage", target: { type: "cloud", cloud: "aws" } }, atMs: 30_000, forMs: 60_000 },
            {
              fault: { type: "flap", target: { type: "cloud", cloud: "gcp" }, periodMs: 2_000 },
              atMs: 30_000,
              forMs: 90_000,
            },
          ],
        },
        { name: "calm", faults: [] },
      ],
    });
  });

  it("reads JSON, and a region as an object", () => {
    const target = { cloud: "aws", region: "eu-west-1" };
    const fault = { type: "cold-recovery", target, factor: 4, warm: "20s" };
    expect(parse(JSON.stringify({ scenarios: [{ name: "a", faults: [fault] }] }), "days.json")).toMatchObject({
      ok: true,
      value: [{ faults: [{ fault: { target: { type: "region", ...target }, factor: 4, warmMs: 20_000 } }] }],
    });
  });

  it("takes a name that an endpoint shares with a cloud as the cloud for an outage only", () => {
    const text = `scenarios:
  - name: a
    faults: [{ type: outage, target: gcp }, { type: down, target: gcp }, { type: down, target: { cloud: gcp } }]
`;
    expect(parse(text)).toMatchObject({
      value: [{ faults: ["cloud", "endpoint", "cloud"].map((type) => ({ fault: { target: { type } } })) }],
    });
  });

  it("reports every fault of the file with its path and line, and what was probably meant", () => {
    const text = `scenarios:
  - name: one
    faults:
      - { type: gray, target: onne, errorPercent: 200 }
      - { type: slo, target: one }
      - { type: surge, factr: 3 }
      - { type: path-loss, target: { cloud: gpc }, from: enm }
      - { type: down, target: one, for: 90 }
  - name: one
    faults: []
`;
    const parsed = parse(text);
    const found = parsed.ok ? [] : parsed.faults.map(({ path, line, suggestion }) => [path, line, suggestion]);
    expect(found).toEqual([
      ["scenarios[0].faults[0].target", 4, "one"],
      ["scenarios[0].faults[0].errorPercent", 4, undefined],
      ["scenarios[0].faults[1].type", 5, "slow"],
      ["scenarios[0].faults[2].factr", 6, "factor"],
      ["scenarios[0].faults[3].target.cloud", 7, "gcp"],
      ["scenarios[0].faults[3].from", 7, "enam"],
      ["scenarios[0].faults[4].for", 8, undefined],
      ["scenarios[1].name", 9, undefined],
    ]);
  });

  it("reports faults of syntax, and a file that is something else", () => {
    expect(parse("scenarios: [")).toMatchObject({ ok: false, faults: [{ line: 1 }] });
    expect(parse("services: {}")).toMatchObject({ ok: false });
    expect(parse("")).toMatchObject({ ok: false });
  });
});

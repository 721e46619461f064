import { describe, expect, it } from "vitest";
import { firstPlace, knownTargets, readTarget, targetName } from "../../../../src/cli/simulate/targets.ts";
import { WORLD } from "./places.ts";

const { places } = WORLD;

describe("readTarget", () => {
  it.each(["one", "aws", "aws/eu-west-1", "all"])("reads %s and writes it back", (text) => {
    const read = readTarget(text, places);
    expect(read.ok && targetName(read.value)).toBe(text);
  });

  it("takes a name that an endpoint and a cloud share as what was asked for", () => {
    expect(readTarget("gcp", places)).toMatchObject({ value: { type: "endpoint" } });
    expect(readTarget("gcp", places, "cloud")).toMatchObject({ value: { type: "cloud" } });
  });

  it("lists what there is when nothing is near", () => {
    expect(readTarget("frankfurt", places)).toEqual({
      ok: false,
      message:
        'there is no endpoint, cloud or region "frankfurt"; there are one, two, gcp, aws, aws/us-east-1, aws/eu-west-1',
    });
  });
});

describe("firstPlace", () => {
  it("prefers a service that has a choice", () => {
    const alone = { id: "alone", service: "billing", cloud: "", region: "" };
    expect(firstPlace([alone, ...places])?.id).toBe("one");
    expect(firstPlace([alone])?.id).toBe("alone");
    expect(firstPlace([])).toBeUndefined();
  });
});

describe("knownTargets", () => {
  it("names each once, and not what the config does not say", () => {
    expect(knownTargets(places)).toEqual(["one", "two", "gcp", "aws", "aws/us-east-1", "aws/eu-west-1"]);
  });
});

import { describe, expect, it } from "vitest";
import { readScenario, SCENARIO_WORDS, wholeCatalogue } from "../../../../src/cli/simulate/catalogue.ts";
import type { FaultType } from "../../../../src/simulate/scenario.ts";
import { WORLD } from "./places.ts";

const faultsOf = (text: string) => {
  const read = readScenario(text, WORLD);
  return read.ok ? read.value.faults.map(({ fault }) => fault) : read;
};
const one = { type: "endpoint", id: "one" };

describe("readScenario", () => {
  it.each([
    ["down", { type: "down", target: one }],
    ["down=gcp", { type: "down", target: { type: "endpoint", id: "gcp" } }],
    ["gray", { type: "gray", target: one, errorPercent: 20 }],
    ["gray=two:5.5%", { type: "gray", target: { type: "endpoint", id: "two" }, errorPercent: 5.5 }],
    ["slow=aws:3", { type: "slow", target: { type: "cloud", cloud: "aws" }, factor: 3 }],
    ["cloud-outage", { type: "outage", target: { type: "cloud", cloud: "aws" } }],
    ["cloud-outage=gcp", { type: "outage", target: { type: "cloud", cloud: "gcp" } }],
    ["region-outage", { type: "outage", target: { type: "region", cloud: "aws", region: "us-east-1" } }],
    ["region-outage=aws/eu-west-1", { type: "outage", target: { type: "region", cloud: "aws", region: "eu-west-1" } }],
    ["flapping=two:500ms", { type: "flap", target: { type: "endpoint", id: "two" }, periodMs: 500 }],
    ["antagonist=all:80", { type: "antagonist", target: { type: "all" }, percent: 80 }],
    ["path-loss=gcp:weur", { type: "path-loss", target: { type: "endpoint", id: "gcp" }, from: "weur" }],
    ["partition", { type: "partition", from: "all" }],
    ["partition=apac", { type: "partition", from: "apac" }],
    ["surge", { type: "surge", factor: 3 }],
    ["surge=1.5", { type: "surge", factor: 1.5 }],
  ])("reads %s", (text, fault) => {
    expect(faultsOf(text)).toEqual([fault]);
  });

  it("gives faults the times of the command and the text as the name", () => {
    expect(readScenario("down=two", WORLD)).toMatchObject({
      value: { name: "down=two", faults: [{ atMs: 30_000, forMs: 60_000 }] },
    });
  });

  it("lets words that are joined happen at once", () => {
    expect(faultsOf("surge=2+down=gcp")).toMatchObject([{ type: "surge" }, { type: "down" }]);
  });

  it("starts a retry storm with a cut that ends while the callers still retry", () => {
    const read = readScenario("retry-storm=5", WORLD);
    expect(read).toMatchObject({ value: { faults: [{ fault: { retries: 5 }, forMs: 60_000 }, { forMs: 20_000 }] } });
  });

  it.each([
    ["dwn", "down"],
    ["down=onee", "one"],
    ["slow=gpc:3", "gcp"],
    ["cloud-outage=awz", "aws"],
    ["partition=wuer", "weur"],
  ])("says what %s was probably meant to be", (text, suggestion) => {
    expect(faultsOf(text)).toMatchObject({ ok: false, suggestion });
  });

  it.each(["gray=one:120%", "slow=one:0", "surge=-1", "retry-storm=0", "flapping=one:3", "none=1", "cloud-outage=one"])(
    "refuses %s",
    (text) => {
      expect(faultsOf(text)).toMatchObject({ ok: false, message: expect.stringMatching(/./) });
    },
  );

  it("has no cloud to take away where the config names none", () => {
    const places = [{ id: "only", service: "shop", cloud: "", region: "" }];
    expect(readScenario("cloud-outage", { ...WORLD, places })).toMatchObject({
      ok: false,
      message: expect.stringContaining("locality.cloud"),
    });
  });
});

describe("wholeCatalogue", () => {
  it("plays every kind of fault and an undisturbed day, each under its own name", () => {
    const scenarios = wholeCatalogue(WORLD);
    expect(scenarios.map(({ name }) => name)).toEqual(SCENARIO_WORDS.map(({ name }) => name));
    const types = new Set(scenarios.flatMap(({ faults }) => faults.map(({ fault }) => fault.type)));
    const all: Record<FaultType, true> = {
      down: true,
      "black-hole": true,
      gray: true,
      "fast-fail": true,
      slow: true,
      outage: true,
      flap: true,
      antagonist: true,
      "capacity-cut": true,
      "cold-recovery": true,
      "retry-storm": true,
      surge: true,
      "path-loss": true,
      partition: true,
      "bad-config": true,
    };
    expect([...types].sort()).toEqual(Object.keys(all).sort());
  });

  it("leaves out what the mesh has no target for", () => {
    const places = [{ id: "only", service: "shop", cloud: "", region: "" }];
    const names = wholeCatalogue({ ...WORLD, places }).map(({ name }) => name);
    expect(names).not.toContain("cloud-outage");
    expect(names).toContain("down");
  });
});

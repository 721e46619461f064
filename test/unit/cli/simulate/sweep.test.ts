import { describe, expect, it } from "vitest";
import { readSweep, valueName, withValue } from "../../../../src/cli/simulate/sweep.ts";

const CONFIG = {
  services: {
    shop: {
      endpoints: [
        { id: "aws", url: "http://a" },
        { id: "gcp", url: "http://b" },
      ],
      retry: { attempts: 2 },
    },
    "shop.eu": { endpoints: [{ id: "aws", url: "http://c" }] },
  },
  routes: [{ name: "all", rules: [{ backendRefs: [{ service: "shop" }] }] }],
};

const sweep = (text: string) => {
  const read = readSweep(text, CONFIG);
  return read.ok ? read.value : read;
};

describe("readSweep", () => {
  it("takes a field from the top of the config", () => {
    expect(sweep("services.shop.retry.attempts=0,1,2")).toEqual({
      path: "services.shop.retry.attempts",
      places: [["services", "shop", "retry", "attempts"]],
      values: [0, 1, 2],
    });
  });

  it("means a field of a service of every service", () => {
    expect(sweep("loadBalancing.policy=adaptive,round-robin")).toMatchObject({
      places: [
        ["services", "shop", "loadBalancing", "policy"],
        ["services", "shop.eu", "loadBalancing", "policy"],
      ],
      values: ["adaptive", "round-robin"],
    });
  });

  it.each([
    ["services.shop.endpoints.gcp.weight=1,2", ["services", "shop", "endpoints", 1, "weight"]],
    ["services.shop.endpoints[0].weight=1", ["services", "shop", "endpoints", 0, "weight"]],
    ["services.shop.eu.retry.attempts=1", ["services", "shop.eu", "retry", "attempts"]],
    ['services["shop.eu"].retry.attempts=1', ["services", "shop.eu", "retry", "attempts"]],
    ["routes.all.rules[0].timeouts.request=1s", ["routes", 0, "rules", 0, "timeouts", "request"]],
    ["edge.syncMin=1s", ["edge", "syncMin"]],
  ])("finds the place of %s", (text, place) => {
    expect(sweep(text)).toMatchObject({ places: [place] });
  });

  it("reads values as YAML does", () => {
    expect(sweep("healthChecks=[],[{ path: /up }]")).toMatchObject({ values: [[], [{ path: "/up" }]] });
    expect(sweep("timeouts.request=1s,2m")).toMatchObject({ values: ["1s", "2m"] });
    expect(sweep("outlierDetection.enabled=true,false")).toMatchObject({ values: [true, false] });
  });

  it.each([
    ["retri.attempts=1", "retry"],
    ["services.shpo.retry.attempts=1", "shop"],
    ["services.shop.endpoints.aaws.weight=1", "aws"],
  ])("says what %s was probably meant to be", (text, suggestion) => {
    expect(sweep(text)).toMatchObject({ ok: false, suggestion });
  });

  it.each([
    "retry.attempts",
    "=1",
    "retry.attempts=",
    "retry.attempts=[",
    "services.shop.endpoints[7].weight=1",
    "services=1",
  ])("refuses %s", (text) => {
    expect(sweep(text)).toMatchObject({ ok: false, message: expect.stringMatching(/./) });
  });
});

describe("withValue", () => {
  it("changes a copy, and makes what is absent on the way", () => {
    const before = structuredClone(CONFIG);
    const changed = withValue(
      CONFIG,
      [
        ["services", "shop.eu", "retry", "attempts"],
        ["services", "shop", "endpoints", 1, "weight"],
      ],
      3,
    );
    expect(changed).toMatchObject({
      services: {
        "shop.eu": { retry: { attempts: 3 } },
        shop: { endpoints: [{ id: "aws" }, { id: "gcp", weight: 3 }] },
      },
    });
    expect(CONFIG).toEqual(before);
  });
});

describe("valueName", () => {
  it("writes text and numbers as they are", () => {
    expect([valueName("5s"), valueName(3), valueName({ a: 1 })]).toEqual(["5s", "3", '{"a":1}']);
  });
});

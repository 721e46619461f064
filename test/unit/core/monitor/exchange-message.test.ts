import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkMessage, checkRow } from "../../../../src/core/monitor/exchange-message.ts";
import { createMonitor } from "../../../../src/core/monitor/monitor.ts";
import { messageOf, onMessage } from "../../../../src/core/monitor/on-exchange.ts";
import { startSending } from "../../../../src/core/monitor/root-link.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

const service = serviceOf("shop", [endpointOf("a", "http://a.invalid"), endpointOf("b", "http://b.invalid")]);
const monitor = (scope: "weur" | "root") =>
  createMonitor({ mesh: meshOf([service]), service, scope, lifeId: "x", rng: seededRng(1), nowMs: 0 });

const region = monitor("weur");
const message = messageOf(region, region.link!, startSending(region.link!, 0), 0);
const row = onMessage(monitor("root"), message, 0);

describe("the message to the root", () => {
  it("passes its check as it is", () => {
    expect(checkMessage(message)).toEqual({ ok: true, message });
  });

  it("may lack verdicts and have fields of later versions", () => {
    const { health: _, healthyAgoMs: __, ...older } = message;
    expect(checkMessage({ ...older, v: 9, weather: "fine" })).toMatchObject({
      ok: true,
      message: { v: 9, health: [0, 0], healthyAgoMs: [-1, -1] },
    });
  });

  it.each([
    ["no delta", { delta: null }],
    ["a region that does not exist", { region: "moon" }],
    ["no number", { seq: 0 }],
    ["columns of other lengths", { good: [1] }],
    ["figures that are none", { failed: [0, Number.NaN] }],
    ["ids that are none", { ids: [1, 2] }],
  ])("is refused with %s", (_, fault) => {
    expect(checkMessage({ ...message, ...fault }).ok).toBe(false);
  });

  it("is refused for a region that is none, and for columns with holes", () => {
    expect(checkMessage({ ...message, region: 7n })).toMatchObject({ ok: false, detail: "region is not one of ours" });
    expect(checkMessage({ ...message, good: new Array(message.ids.length) })).toMatchObject({ ok: false });
  });

  it("never makes the check throw", () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(message)), (value, key) => {
        expect(typeof checkMessage({ ...message, [key]: value }).ok).toBe("boolean");
        checkMessage(value);
      }),
    );
  });
});

describe("the root's row", () => {
  it("passes its check as it is", () => {
    expect(checkRow(row)).toEqual(row);
  });

  it("is not taken when it is not understood", () => {
    const faults = [null, 7, {}, { ...row, view: null }, { ...row, told: [0] }, { ...row, regions: "two" }];
    for (const fault of faults) expect(checkRow(fault)).toBeNull();
    expect(checkRow({ ...row, view: { ...row.view, probability: [1] } })).toBeNull();
  });

  it("never makes the check throw", () => {
    fc.assert(
      fc.property(fc.anything(), fc.constantFrom(...Object.keys(row)), (value, key) => {
        checkRow({ ...row, [key]: value });
        checkRow(value);
      }),
    );
  });
});

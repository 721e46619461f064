import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, shop } from "./faulty.ts";

const slo = (...objectives: readonly string[]) => shop(`slo: [${objectives.join(", ")}]`);

describe("objectives", () => {
  refuses([
    ["one that promises nothing", slo("{ name: up }"), "services.shop.slo[0]", 4, "neither availability nor latency"],
    [
      "two of one name",
      slo("{ name: up, availability: 99 }", "{ name: up, availability: 99.9 }"),
      "services.shop.slo[1].name",
      4,
      "slo[0] has the name up already",
    ],
    ["perfection", slo("{ name: up, availability: 100 }"), "services.shop.slo[0].availability", 4, "99.9999"],
    [
      "a route that is not there",
      slo("{ name: up, availability: 99, route: route-1 }"),
      "services.shop.slo[0].route",
      4,
      "there is no route route-1",
      "route-0",
    ],
    [
      "a threshold that a route's requests are not counted by",
      slo("{ name: fast, route: route-0, latency: { threshold: 300ms, percent: 99 } }"),
      "services.shop.slo[0].latency.threshold",
      4,
      "125ms, 250ms, 500ms, 1s",
    ],
  ]);

  it("are compiled to shares and milliseconds, in their order", async () => {
    const decoded = parseConfig(
      slo(
        "{ name: up, availability: 99.9 }",
        "{ name: fast, route: route-0, latency: { threshold: 250ms, percent: 99.5 }, window: 168h }",
      ),
    );
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
    const mesh = await compileMesh(decoded.config, { nowMs: 0 });
    expect(mesh.services[0]!.slo).toEqual([
      { name: "up", route: null, windowMs: 2_592_000_000, availability: 0.999, latency: null },
      {
        name: "fast",
        route: "route-0",
        windowMs: 604_800_000,
        availability: null,
        latency: { thresholdMs: 250, ratio: 0.995 },
      },
    ]);
  });

  it("are not there when none is written", async () => {
    const decoded = parseConfig(shop());
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
    const mesh = await compileMesh(decoded.config, { nowMs: 0 });
    expect(Object.hasOwn(mesh.services[0]!, "slo")).toBe(false);
  });
});

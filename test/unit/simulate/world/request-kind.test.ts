import { describe, expect, it } from "vitest";
import { demandOf } from "../../../../src/simulate/world/demand.ts";
import { kindsOf, requestClassOf } from "../../../../src/simulate/world/request-kind.ts";
import { meshFrom } from "../days.ts";

const service = (id: string, more: Record<string, unknown> = {}) => ({
  endpoints: [{ id, url: `https://${id}.example` }],
  ...more,
});

const MESH = await meshFrom({
  services: { shop: service("s"), pay: service("p"), backup: service("b") },
  routes: [
    {
      hostnames: ["*.shop.example"],
      rules: [
        {
          matches: [
            {
              path: { value: "/cart" },
              headers: [{ name: "X-Beta", value: "yes" }],
              queryParams: [{ name: "v", value: "2 3" }],
            },
          ],
          backendRefs: [{ service: "shop" }],
        },
        { matches: [{ path: { value: "/pay" }, method: "POST" }], backendRefs: [{ service: "pay" }] },
        { backendRefs: [{ service: "shop", weight: 3 }, { service: "pay" }] },
      ],
    },
  ],
});

describe("made-up requests", () => {
  const kinds = kindsOf(MESH, new Set([0, 1]));

  it("fit the rules, one each", () => {
    expect(
      kinds.map(({ head: { method, scheme, host, port, path, query } }) => [method, scheme, host, port, path, query]),
    ).toEqual([
      ["GET", "https", "any.shop.example", 443, "/cart", "?v=2%203"],
      ["POST", "https", "any.shop.example", 443, "/pay", ""],
      ["GET", "https", "any.shop.example", 443, "/", ""],
    ]);
    expect(kinds[0]!.head.header("x-beta")).toBe("yes");
    expect(kinds[1]!.head.header("x-beta")).toBeNull();
  });

  it("are writes for a tenth", () => {
    const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
    expect(kinds.map(({ weight }) => weight / total)).toEqual([0.45, 0.1, 0.45]);
  });

  it("leave out rules that lead elsewhere", () => {
    expect(kindsOf(MESH, new Set([1])).map(({ head }) => head.path)).toEqual(["/pay", "/"]);
    expect(kindsOf(MESH, new Set([2]))).toEqual([]);
  });

  it("say how much each service gets; a fallback as much as the busiest, and with a log everyone everything", () => {
    const [shop, pay, backup] = demandOf(MESH, kinds, 1_000);
    expect(shop).toBeCloseTo(450 + 337.5, 9);
    expect(pay).toBeCloseTo(100 + 112.5, 9);
    expect(backup).toBe(shop);
    expect(demandOf(MESH, [], 1_000)).toEqual([1_000, 1_000, 1_000]);
  });
});

describe("the class of a request", () => {
  it("is what the header names if the service has it, else the default, and none where there are none", async () => {
    const requestClass = { header: "x-class", classes: ["gold", "lead"], defaultClass: "lead" };
    const mesh = await meshFrom({
      services: { shop: service("s", { limits: { requestClass } }), plain: service("p") },
      routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
    });
    const head = (value: string | null) => ({ ...kindsOf(mesh, new Set([0]))[0]!.head, header: () => value });
    expect(["gold", "tin", null].map((value) => requestClassOf(mesh.services[0]!, head(value)))).toEqual([
      "gold",
      "lead",
      "lead",
    ]);
    expect(requestClassOf(mesh.services[1]!, head("gold"))).toBe("");
  });
});

import { describe, expect, it } from "vitest";
import { ejectOutlier } from "../../../../src/core/health/coordinator.ts";
import { withEndpoints } from "../../../../src/core/monitor/endpoints-in-force.ts";
import { adopt } from "../../../../src/core/monitor/membership.ts";
import { onTick } from "../../../../src/core/monitor/on-report.ts";
import { answer } from "../../../../src/core/monitor/snapshot.ts";
import { endpointOf, meshOf, serviceOf } from "../../../fixtures/meshes.ts";
import { monitorOf, T0, tell } from "./monitors.ts";

const a = endpointOf("a", "http://a.invalid");
const b = endpointOf("b", "http://b.invalid");
const found = endpointOf("found", "http://found.invalid");
const service = serviceOf("shop", [a, b]);
const ids = (set: Parameters<typeof withEndpoints>[1]) => withEndpoints(service, set).endpoints.map(({ id }) => id);

describe("the endpoints in force", () => {
  it("are the mesh's until a set is there", () => {
    expect(withEndpoints(service, null)).toBe(service);
  });

  it.each([
    ["the set's", [a, b, found], ["a", "b", "found"]],
    ["the set's, and what only the mesh lists", [a, found], ["a", "found", "b"]],
    ["all of the mesh's, where the set has none of them", [found], ["found", "a", "b"]],
  ])("are %s", (_, endpoints, expected) => {
    expect(ids({ revision: 1, endpoints })).toEqual(expected);
  });

  it("have the set's weight at one place, and the mesh's address when that has moved", () => {
    const set = { revision: 1, endpoints: [{ ...a, weight: 5 }, endpointOf("b", "http://former.invalid")] };
    const [one, two] = withEndpoints(service, set).endpoints;
    expect([one!.weight, two!.origin]).toEqual([5, "http://b.invalid"]);
  });

  it("may be asked as the service says of plaintext: others are left out, or asked by https", () => {
    const set = {
      revision: 1,
      endpoints: [endpointOf("c", "http://c.example.com"), endpointOf("d", "http://10.0.0.1")],
    };
    const originsUnder = (plaintext: NonNullable<typeof service.plaintext>) =>
      withEndpoints({ ...serviceOf("shop", []), plaintext }, set).endpoints.map(({ origin }) => origin);
    expect(originsUnder("allow")).toEqual(["http://c.example.com", "http://10.0.0.1"]);
    expect(originsUnder("private")).toEqual(["http://10.0.0.1"]);
    expect(originsUnder("refuse")).toEqual([]);
    expect(originsUnder("upgrade")).toEqual(["https://c.example.com", "https://10.0.0.1"]);
  });

  it("keep the credentials and the certificate that the mesh gives them", () => {
    const own = { ...a, credentials: [1], clientCertificate: "CERT" };
    const [one] = withEndpoints(serviceOf("shop", [own]), { revision: 1, endpoints: [{ ...a, weight: 5 }] }).endpoints;
    expect(one).toEqual({ ...own, weight: 5 });
  });

  it("leave half of the traffic to the model, however many they are", () => {
    const floorOf = (size: number) => {
      const endpoints = Array.from({ length: size }, (_, i) => endpointOf(`e${i}`, `http://e${i}.invalid`));
      return withEndpoints(serviceOf("shop", []), { revision: 1, endpoints }).failover.explorationFloor;
    };
    expect([floorOf(2), floorOf(1_000)]).toEqual([service.failover.explorationFloor, 0.5 / 1_000]);
  });
});

describe("a monitor with other endpoints", () => {
  it("keeps what it knows of those that stay, and says who came and went", () => {
    const monitor = monitorOf("weur", service);
    ejectOutlier(monitor.coordinator, 0, "a test", T0);
    tell(monitor, { endpoint: "b", action: "weight", percent: 50 }, T0);
    const next = adopt(monitor, meshOf([service]), service, { revision: 1, endpoints: [found, b, a] }, T0);
    expect(next.coordinator.ids).toEqual(["found", "b", "a"]);
    expect(answer(next, T0)).toMatchObject({ breaker: [0, 0, 1], weight: [1, 0.5, 1] });
    expect(next.events.filter(({ type }) => type === "joined" || type === "left")).toMatchObject([
      { type: "joined", endpoint: "found", address: "http://found.invalid" },
    ]);
  });

  it("is the same one, with all it has learnt, when only the version changed or who is leaving", () => {
    const monitor = monitorOf("weur", service);
    const later = { version: "2222222222222222", compiledAtMs: 7 };
    expect(adopt(monitor, later, { ...service }, null, T0)).toBe(monitor);
    const set = { revision: 4, endpoints: [a, b], draining: ["a"] };
    expect(adopt(monitor, later, service, set, T0)).toBe(monitor);
    expect(answer(monitor, T0)).toMatchObject({ meshVersion: later.version, meshAtMs: 7, health: [4, 0] });
    adopt(monitor, later, service, { ...set, revision: 5, draining: [] }, T0);
    onTick(monitor, T0);
    expect(answer(monitor, T0).health).toEqual([0, 0]);
  });

  it("gives way to an operator who forces an endpoint that is about to leave", () => {
    const monitor = monitorOf("weur", service);
    adopt(monitor, meshOf([service]), service, { revision: 4, endpoints: [a, b], draining: ["a"] }, T0);
    tell(monitor, { endpoint: "a", action: "force-healthy" }, T0);
    expect(answer(monitor, T0).health).toEqual([1, 0]);
  });
});

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Recovery } from "../../../../durable-objects/registry/recovery.ts";
import type { EndpointSet } from "../../../../src/core/endpoint-set.ts";
import { onRegister } from "../../../../src/discovery/registry/instance.ts";
import { configure, createRegistry, type Settings, settle } from "../../../../src/discovery/registry/state.ts";
import { discoveryOf, REGISTRATION_SETTINGS } from "../../../fixtures/discovery.ts";
import { endpointOf } from "../../../fixtures/meshes.ts";

const endpoints = ["a", "b", "c", "d"].map((id) => endpointOf(id, `https://${id}.example.com`));
const IN_FORCE: EndpointSet = { revision: 1_000, endpoints, draining: ["d"] };
const TTL_MS = REGISTRATION_SETTINGS.ttlMs;

const settings: Settings = {
  meshVersion: "m",
  compiledAtMs: 1,
  configured: [],
  discovery: discoveryOf(),
  policy: { allow: [], self: [] },
};

/** Monitors that have a set, or give no answer (undefined). */
function monitors(answers: (EndpointSet | null | undefined)[]) {
  return {
    getByName: () => ({
      endpoints: async () => {
        const answer = answers.shift();
        if (answer === undefined) throw new Error("away");
        return answer;
      },
    }),
  };
}

function lost() {
  const state = createRegistry("shop", 0);
  configure(state, settings);
  return state;
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a registry whose rows cannot be opened", () => {
  it("says nothing before a monitor has told what is in force, and asks until one does", async () => {
    const state = lost();
    const recovery = new Recovery(monitors([undefined, IN_FORCE]), false);
    await recovery.ask(state, 0);
    expect(recovery.waitsUntilMs(0)).toBe(1_000);
    expect(state.set).toBeNull();
    await recovery.ask(state, 1_000);
    expect(state.set).toEqual(IN_FORCE);
    expect(recovery.waitsUntilMs(1_000)).not.toBeNull();
    expect(recovery.waitsUntilMs(1_000 + TTL_MS)).toBeNull();
  });

  it("goes on from there: those who registered again serve, and of the others the floor keeps enough", async () => {
    const state = lost();
    const recovery = new Recovery(monitors([IN_FORCE]), false);
    await recovery.ask(state, 0);
    const request = { endpoint: endpoints[0]!, ready: true, load: -1, ttlMs: null };
    state.roster.set(
      "a",
      onRegister(null, request as unknown as Parameters<typeof onRegister>[1], "lease", REGISTRATION_SETTINGS, 1_000),
    );
    settle(state, TTL_MS);
    const serving = state.set!.endpoints.map(({ id }) => id).filter((id) => !state.set!.draining!.includes(id));
    // Half of the three that served may go at once.
    expect(serving).toContain("a");
    expect(serving.length).toBeGreaterThanOrEqual(2);
    expect(state.set!.revision).toBeGreaterThan(IN_FORCE.revision);
  });

  it("begins from nothing where nothing is in force, and asks nobody while the mesh is not known", async () => {
    const state = lost();
    const recovery = new Recovery(monitors([null]), false);
    state.settings = null;
    await recovery.ask(state, 0);
    expect(recovery.waitsUntilMs(0)).not.toBeNull();
    state.settings = settings;
    await recovery.ask(state, 0);
    expect(state.set).toBeNull();
    expect(recovery.waitsUntilMs(TTL_MS)).toBeNull();
  });

  it("is not waited for where all rows were opened", async () => {
    const recovery = new Recovery(monitors([]), true);
    const state = lost();
    await recovery.ask(state, 0);
    expect(recovery.waitsUntilMs(0)).toBeNull();
  });
});

import { describe, expect, it, vi } from "vitest";
import {
  ASK_MS,
  FRESH_MS,
  NONE_MS,
  openSecrets,
  STALE_MS,
  secretsOf,
} from "../../../../src/security/secrets/open-secrets.ts";

/** A binding of the Secrets Store whose answer the test chooses, and a clock. */
function store(first: string | Error | null) {
  const state = { answer: first as string | Error | null | Promise<string>, asked: 0, nowMs: 1_000_000 };
  const get = async () => {
    state.asked += 1;
    if (state.answer instanceof Error) throw state.answer;
    return state.answer;
  };
  return { state, secrets: openSecrets({ KEY: { get } }, { nowMs: () => state.nowMs }) };
}

describe("secrets of the Worker", () => {
  it("are there at once, without a promise", () => {
    expect(openSecrets({ KEY: "value" })("KEY")).toBe("value");
  });

  it.each([
    ["an empty text", { KEY: "" }, "KEY"],
    ["no binding", {}, "KEY"],
    ["what every object has", {}, "constructor"],
    ["what is inherited", Object.create({ KEY: "value" }), "KEY"],
    ["a number", { KEY: 7 }, "KEY"],
    ["an object that is no store", { KEY: { value: "x" } }, "KEY"],
    ["the mesh's own secret", { HEDDLE_SESSION_KEY: "value" }, "HEDDLE_SESSION_KEY"],
    ["the token of a cluster", { CLUSTER_TOKEN_EU: "value" }, "CLUSTER_TOKEN_EU"],
    ["what is no name", { "a b": "value" }, "a b"],
    ["a name that is too long", { ["K".repeat(129)]: "value" }, "K".repeat(129)],
  ])("are none for %s", (_, env, name) => {
    expect(openSecrets(env)(name)).toBeNull();
  });
});

describe("secrets of the store", () => {
  it("are asked for once, then there at once", async () => {
    const { state, secrets } = store("v1");
    expect(await secrets("KEY")).toBe("v1");
    state.nowMs += FRESH_MS - 1;
    expect(secrets("KEY")).toBe("v1");
    expect(state.asked).toBe(1);
  });

  it("are good while they are asked for again, by one request", async () => {
    const { state, secrets } = store("v1");
    await secrets("KEY");
    state.nowMs += FRESH_MS;
    state.answer = "v2";
    expect([secrets("KEY"), secrets("KEY")]).toEqual(["v1", "v1"]);
    expect(state.asked).toBe(2);
    await vi.waitFor(() => expect(secrets("KEY")).toBe("v2"), { timeout: 20_000 });
  });

  it("are asked for again when the request that asked has ended", async () => {
    const { state, secrets } = store("v1");
    await secrets("KEY");
    state.nowMs += FRESH_MS;
    state.answer = new Promise<string>(() => {});
    secrets("KEY");
    state.nowMs += 5_000;
    state.answer = "v2";
    expect(secrets("KEY")).toBe("v1");
    await vi.waitFor(() => expect(secrets("KEY")).toBe("v2"), { timeout: 20_000 });
  });

  it("outlive a store that fails, for a day", async () => {
    const { state, secrets } = store("v1");
    await secrets("KEY");
    state.answer = new Error("v1 is what the store would not give");
    state.nowMs += STALE_MS - 1;
    expect(secrets("KEY")).toBe("v1");
    state.nowMs += 1;
    expect(await secrets("KEY")).toBeNull();
  });

  it("are none for a while where the store has none, and found soon after they are made", async () => {
    const { state, secrets } = store(new Error("not found"));
    expect(await secrets("KEY")).toBeNull();
    state.answer = "made";
    expect(secrets("KEY")).toBeNull();
    expect(state.asked).toBe(1);
    state.nowMs += NONE_MS;
    expect(await secrets("KEY")).toBe("made");
  });

  it("share no promise between requests", async () => {
    const { state, secrets } = store(null);
    state.answer = new Promise<string>(() => {});
    const hanging = secrets("KEY");
    state.answer = "v1";
    expect(await secrets("KEY")).toBe("v1");
    expect(hanging).toBeInstanceOf(Promise);
  });

  it("are none from a store that does not answer in time", async () => {
    vi.useFakeTimers();
    try {
      const { state, secrets } = store(null);
      state.answer = new Promise<string>(() => {});
      const answer = secrets("KEY");
      await vi.advanceTimersByTimeAsync(ASK_MS);
      expect(await answer).toBeNull();
    } finally {
      vi.useRealTimers();
    }
  });

  it("are none where the binding answers what is no text", async () => {
    expect(await openSecrets({ MESH_KV: { get: async () => ({ secret: 1 }) } })("MESH_KV")).toBeNull();
    expect(await openSecrets({ OBJECTS: { get: () => "text at once" } })("OBJECTS")).toBe("text at once");
  });

  it("hand what goes on behind a request to waitUntil", async () => {
    const waiting: Promise<unknown>[] = [];
    let nowMs = 0;
    const secrets = openSecrets(
      { KEY: { get: async () => "v" } },
      { nowMs: () => nowMs, waitUntil: (promise) => waiting.push(promise) },
    );
    await secrets("KEY");
    nowMs += FRESH_MS;
    secrets("KEY");
    expect(waiting).toHaveLength(1);
  });

  it("are asked for once for all that share an environment", async () => {
    let asked = 0;
    const env = { KEY: { get: async () => `v${++asked}` } };
    await secretsOf(env)("KEY");
    expect(secretsOf(env)("KEY")).toBe("v1");
  });
});

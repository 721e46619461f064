import { describe, expect, it } from "vitest";
import { newSource, onResult } from "../../../src/discovery/source.ts";
import { endpointOf } from "../../fixtures/meshes.ts";

const POLICY = { allow: [], self: [] };
const answer = (atMs: number, ...origins: string[]) => ({
  ok: true as const,
  atMs,
  found: origins.map((origin, i) => ({ endpoint: endpointOf(`e${i}`, origin), ready: true })),
  nextMs: atMs + 1_000,
});
const failure = (atMs: number, error: string) => ({ ok: false as const, atMs, error, nextMs: atMs + 5_000 });

describe("a source", () => {
  it("keeps its last answer while it fails, and says since when and why", () => {
    const good = onResult(newSource("dns-0", "dns"), answer(1_000, "https://a.example"), POLICY);
    const failing = [2_000, 3_000].reduce((state, atMs) => onResult(state, failure(atMs, `at ${atMs}`), POLICY), good);
    expect(failing).toMatchObject({
      found: good.found,
      goodAtMs: 1_000,
      atMs: 3_000,
      error: "at 3000",
      failures: 2,
      nextMs: 8_000,
    });
    expect(onResult(failing, answer(4_000), POLICY)).toMatchObject({
      found: [],
      goodAtMs: 4_000,
      error: "",
      failures: 0,
    });
  });

  it("leaves out what must not be an endpoint, and says how much and why", () => {
    const { found, refused, refusal } = onResult(
      newSource("east", "kubernetes"),
      answer(0, "https://a.example", "https://10.0.0.1", "http://b.example", "ftp://c.example"),
      POLICY,
    );
    expect(found.map(({ endpoint }) => endpoint.origin)).toEqual(["https://a.example"]);
    expect(refused).toBe(3);
    expect(refusal).toMatch(/^e1: its URL leads into a private network/);
  });

  it("has at most 1,000 endpoints", () => {
    const many = Array.from({ length: 1_002 }, (_, i) => `https://a${i}.example`);
    const state = onResult(newSource("dns-0", "dns"), answer(0, ...many), POLICY);
    expect([state.found.length, state.refused]).toEqual([1_000, 2]);
  });

  it("gives no error that is empty or endless", () => {
    expect(onResult(newSource("a", "dns"), failure(0, ""), POLICY).error).toBe("failed");
    expect(onResult(newSource("a", "dns"), failure(0, "x".repeat(9_999)), POLICY).error).toHaveLength(500);
  });
});

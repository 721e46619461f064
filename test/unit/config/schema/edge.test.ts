import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { refuses, shop } from "./faulty.ts";

describe("the edge", () => {
  refuses([
    [
      "a way to forward that does not exist",
      `${shop()}\nedge: { forwarded: apend }`,
      "edge.forwarded",
      5,
      "expected one of append, replace, off",
      "append",
    ],
    [
      "sync bounds that are crossed",
      `${shop()}\nedge: { syncMin: 2s, syncMax: 1s }`,
      "edge.syncMax",
      5,
      "1s is shorter than syncMin, 2s",
    ],
    [
      "time limits of callers without end",
      `${shop()}\nedge: { timeoutOverrides: { max: 2h } }`,
      "edge.timeoutOverrides.max",
      5,
      "from 1ms to 1h",
    ],
    ["no hops", `${shop()}\nedge: { maxHops: 0 }`, "edge.maxHops", 5, "at least 1"],
    ["yes for true", `${shop()}\nedge: { via: yes }`, "edge.via", 5, 'expected true or false, found "yes"'],
  ]);

  it.each([
    ["", undefined],
    ["edge: { timeoutOverrides: {} }", { from: "token", maxMs: 60_000 }],
    ["edge: { timeoutOverrides: { from: anyone, max: 5s } }", { from: "anyone", maxMs: 5_000 }],
  ])("with '%s' takes time limits of callers as %j", async (text, expected) => {
    const decoded = parseConfig(`${shop()}\n${text}`);
    if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
    expect((await compileMesh(decoded.config, { nowMs: 0 })).edge.timeoutOverrides).toEqual(expected);
  });
});

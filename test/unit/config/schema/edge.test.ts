import { describe } from "vitest";
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
    ["no hops", `${shop()}\nedge: { maxHops: 0 }`, "edge.maxHops", 5, "at least 1"],
    ["yes for true", `${shop()}\nedge: { via: yes }`, "edge.via", 5, 'expected true or false, found "yes"'],
  ]);
});

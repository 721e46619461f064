import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("failover", () => {
  refuses([
    [
      "an exploration floor of half",
      shop("failover: { explorationFloor: 0.5 }"),
      "services.shop.failover.explorationFloor",
      4,
      "at most 0.1",
    ],
  ]);
});

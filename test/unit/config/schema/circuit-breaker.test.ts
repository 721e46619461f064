import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("the circuit breaker", () => {
  refuses([
    [
      "a normal ratio that is broken",
      shop("circuitBreaker: { normalFailureRatio: 0.7 }"),
      "services.shop.circuitBreaker.normalFailureRatio",
      4,
      "0.7 is not below brokenFailureRatio, 0.7",
    ],
    [
      "a local breaker whose bounds are crossed",
      shop("circuitBreaker: { localBase: 2s, localMax: 1s }"),
      "services.shop.circuitBreaker.localMax",
      4,
      "1s is shorter than localBase, 2s",
    ],
  ]);
});

import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("fallbacks", () => {
  refuses([
    [
      "a fallback of no kind",
      shop("fallback: [{ servise: shop }]"),
      "services.shop.fallback[0].servise",
      4,
      "not a known key",
      "service",
    ],
    [
      "a fallback after a fixed answer",
      shop("fallback:", "  - response: {}", "  - staleIfError: {}"),
      "services.shop.fallback[1]",
      6,
      "never reached",
    ],
    [
      "a fixed answer of a strange status",
      shop("fallback: [{ response: { status: 100 } }]"),
      "services.shop.fallback[0].response.status",
      4,
      "at least 200",
    ],
  ]);
});

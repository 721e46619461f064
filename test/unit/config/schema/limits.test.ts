import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("limits", () => {
  refuses([
    [
      "a limit that is never reached",
      shop("limits: { maxRequests: 10, maxRequestsPerEndpoint: 11 }"),
      "services.shop.limits.maxRequestsPerEndpoint",
      4,
      "can never be reached",
    ],
    [
      "a class that is not listed",
      shop("limits:", "  requestClass: { header: x-class, classes: [high, low], defaultClass: lo }"),
      "services.shop.limits.requestClass.defaultClass",
      5,
      "not one of the classes",
      "low",
    ],
    [
      "a class listed twice",
      shop("limits:", "  requestClass: { header: x-class, classes: [low, low] }"),
      "services.shop.limits.requestClass.classes[1]",
      5,
      "listed twice",
    ],
  ]);
});

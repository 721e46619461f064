import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("health checks", () => {
  refuses([
    [
      "a check of an unknown type",
      shop("healthChecks:", "  - { type: grpc }"),
      "services.shop.healthChecks[0].type",
      5,
      'expected one of http, tcp, found "grpc"',
    ],
    [
      "a path for a TCP check",
      shop("healthChecks:", "  - { type: tcp, path: / }"),
      "services.shop.healthChecks[0].path",
      5,
      "does not go with the other keys",
    ],
    [
      "a check that outlasts its interval",
      shop("healthChecks:", "  - { interval: 1s, timeout: 2s }"),
      "services.shop.healthChecks[0].timeout",
      5,
      "2s is longer than the interval, 1s",
    ],
    [
      "a faster interval that is slower",
      shop("healthChecks:", "  - { edgeInterval: 11s }"),
      "services.shop.healthChecks[0].edgeInterval",
      5,
      "11s is longer than the interval, 10s",
    ],
    [
      "a status out of range",
      shop("healthChecks:", "  - { expectedStatuses: [99] }"),
      "services.shop.healthChecks[0].expectedStatuses[0]",
      5,
      "expected a status",
    ],
    [
      "a status that is none",
      shop("healthChecks:", "  - { expectedStatuses: [2xy] }"),
      "services.shop.healthChecks[0].expectedStatuses[0]",
      5,
      "expected a status",
    ],
    [
      "an empty range of statuses",
      shop("healthChecks:", "  - { expectedStatuses: [299-200] }"),
      "services.shop.healthChecks[0].expectedStatuses[0]",
      5,
      "range is empty",
      "200-299",
    ],
  ]);
});

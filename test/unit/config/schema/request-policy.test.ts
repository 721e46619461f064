import { describe } from "vitest";
import { refuses, rule, shop } from "./faulty.ts";

describe("the request policy", () => {
  refuses([
    [
      "a duration without a unit",
      shop("timeouts: { request: 5 }"),
      "services.shop.timeouts.request",
      4,
      '"5s" or "5ms"',
    ],
    [
      "a duration in days",
      shop("timeouts: { request: 1d }"),
      "services.shop.timeouts.request",
      4,
      "expected a duration",
    ],
    [
      "a duration out of range",
      shop("timeouts: { request: 2h }"),
      "services.shop.timeouts.request",
      4,
      "must be from 0s to 1h",
    ],
    [
      "an attempt longer than its request",
      shop("timeouts: { request: 1s, backendRequest: 2s }"),
      "services.shop.timeouts.backendRequest",
      4,
      "2s is more than 1s",
    ],
    [
      "an attempt longer than a request by default",
      shop("timeouts: { backendRequest: 16s }"),
      "services.shop.timeouts.backendRequest",
      4,
      "16s is more than 15s",
    ],
    [
      "adaptive bounds that are crossed",
      shop("timeouts: { adaptive: { min: 2s, max: 1s } }"),
      "services.shop.timeouts.adaptive.max",
      4,
      "1s is shorter than min, 2s",
    ],
    ["too many attempts", shop("retry: { attempts: 11 }"), "services.shop.retry.attempts", 4, "at most 10"],
    ["a success to be retried", shop("retry: { codes: [200] }"), "services.shop.retry.codes[0]", 4, "at least 400"],
    [
      "a method in lower case",
      shop("retry: { methods: [get] }"),
      "services.shop.retry.methods[0]",
      4,
      "expected one of",
      "GET",
    ],
    [
      "a backoff longer than the longest",
      shop("retry: { backoff: 2s, backoffMax: 1s }"),
      "services.shop.retry.backoffMax",
      4,
      "1s is shorter than backoff, 2s",
    ],
    [
      "a budget above all",
      shop("retry: { budget: { percent: 1001 } }"),
      "services.shop.retry.budget.percent",
      4,
      "at most 1000",
    ],
    ["a hedge at the average", shop("hedge: { percentile: 40 }"), "services.shop.hedge.percentile", 4, "at least 50"],
    [
      "a backoff longer than the longest",
      rule("retry: { backoff: 2s, backoffMax: 1s }"),
      "routes[0].rules[0].retry.backoffMax",
      7,
      "1s is shorter than backoff, 2s",
    ],
    [
      "a budget of a rule",
      rule("retry: { budget: { percent: 1 } }"),
      "routes[0].rules[0].retry.budget",
      7,
      "not a known key",
    ],
  ]);
});

import { describe } from "vitest";
import { refuses, shop } from "./faulty.ts";

describe("the file", () => {
  refuses([
    ["an empty file", "", "", 1, "expected an object, found nothing"],
    ["a list", "- a", "", 1, "expected an object, found a list"],
    ["no services", "routes: [{ rules: [{}] }]", "services", 1, "is missing"],
    ["no routes", "services: { a: { endpoints: [{ id: a, url: 'http://a' }] } }", "routes", 1, "is missing"],
    ["an unknown key at the top", `${shop()}\nroute: 1`, "route", 5, "not a known key", "routes"],
    [
      "a key nothing resembles",
      `${shop()}\nfoo: 1`,
      "foo",
      5,
      "known are $schema, listeners, routing, services, rollouts, authentication, authorization, ",
    ],
    ["an empty section", shop("limits:"), "services.shop.limits", 4, "expected an object, found nothing"],
  ]);
});

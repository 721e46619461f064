import { describe, expect, it } from "vitest";
import { formatFaults, formatPath } from "../../../src/config/fault.ts";

describe("formatPath", () => {
  it.each([
    [[], ""],
    [["services", "shop", "endpoints", 1, "url"], "services.shop.endpoints[1].url"],
    [["services", "api-v2", "$schema"], "services.api-v2.$schema"],
    [["services", "a/b", "retry"], 'services["a/b"].retry'],
    [["a b"], '["a b"]'],
    [["services", ""], 'services[""]'],
  ])("writes %j", (path, text) => {
    expect(formatPath(path)).toBe(text);
  });
});

describe("formatFaults", () => {
  it("writes one line a fault, with what is known of it", () => {
    const text = formatFaults(
      [
        { path: "services.shop.ulr", line: 4, column: 9, message: "is not a known key", suggestion: "url" },
        { path: "", line: 7, column: 1, message: "is not YAML" },
        { path: "routes", message: "is missing" },
      ],
      "heddle.yaml",
    );
    expect(text.split("\n")).toEqual([
      "heddle.yaml:4:9 services.shop.ulr: is not a known key; did you mean url?",
      "heddle.yaml:7:1 is not YAML",
      "heddle.yaml routes: is missing",
    ]);
  });

  it("writes nothing for no faults", () => {
    expect(formatFaults([])).toBe("");
  });
});

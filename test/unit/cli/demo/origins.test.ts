import { describe, expect, it } from "vitest";
import { demoConfig } from "../../../../src/cli/demo/origins.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

describe("demoConfig", () => {
  it("is a good config with the origins as endpoints of three clouds", () => {
    const origins = ["aws", "gcp", "azure"].map((name, i) => ({ name, url: `http://127.0.0.1:${9001 + i}` }));
    const parsed = parseConfig(demoConfig(origins));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    expect(parsed.config.services.shop!.endpoints.map(({ id, url, locality }) => [id, url, locality.cloud])).toEqual([
      ["aws", "http://127.0.0.1:9001", "aws"],
      ["gcp", "http://127.0.0.1:9002", "gcp"],
      ["azure", "http://127.0.0.1:9003", "azure"],
    ]);
  });
});

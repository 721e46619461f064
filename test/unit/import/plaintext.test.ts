import { describe, expect, it } from "vitest";
import { withPlaintextSaid } from "../../../src/import/plaintext.ts";

const service = (url: string) => ({ endpoints: [{ id: "a", url }], slowStart: { window: "0s" } });
const resultOf = (url: string) => ({ config: { services: { shop: service(url) }, routes: [] }, findings: [] });

describe("an imported service", () => {
  it("that is asked over the internet in the clear says so, and whoever imports is told", () => {
    const { config, findings } = withPlaintextSaid(resultOf("http://shop.example.com:8080"));
    expect(config.services.shop).toEqual({ ...service("http://shop.example.com:8080"), plaintext: "allow" });
    expect(findings).toEqual([
      expect.objectContaining({ path: "services.shop.plaintext", severity: "changed", reason: "Plaintext" }),
    ]);
  });

  it.each(["https://shop.example.com", "http://10.0.0.1:8080", "http://shop.default.svc.cluster.local"])(
    "at %s is left as it is",
    (url) => {
      const result = resultOf(url);
      expect(withPlaintextSaid(result)).toBe(result);
    },
  );
});

import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/decode.ts";
import { configText } from "../../../src/import/write-config.ts";

describe("configText", () => {
  const shared = [{ name: "x-a", value: "yes" }];
  const config = {
    services: { a: { endpoints: [] } },
    routes: [{ name: "a", hostnames: undefined, rules: [{ backendRefs: [{ service: "a" }] }] }],
  };

  it("writes what the decoder reads, below its heading", () => {
    const text = configText(config, ["Made by a test.", ""]);
    expect(text).toMatch(/^# Made by a test\.\n#\nservices:\n/);
    expect(text).not.toContain("hostnames");
    expect(parseConfig(text)).toMatchObject({ ok: true });
  });

  it("spells out what occurs twice, and quotes what would be read as something else", () => {
    expect(configText({ a: shared, b: shared, c: "1e3", d: "null" }, [])).toBe(
      'a:\n  - name: x-a\n    value: yes\nb:\n  - name: x-a\n    value: yes\nc: "1e3"\nd: "null"\n',
    );
  });
});

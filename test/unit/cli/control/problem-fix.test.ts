import { describe, expect, it } from "vitest";
import { withFix } from "../../../../src/cli/control/problem-fix.ts";
import { healthOf, renderProblems } from "../../../../src/cli/control/render-services.ts";
import { createPaint } from "../../../../src/cli/terminal.ts";

const WELL = { total: 2, left: 2, serving: 2, open: 0 };
const problem = { detail: "credential partner: the secret KEY is absent", endpoints: ["a"], all: false };

describe("what keeps requests from a service that is well", () => {
  it.each([
    ["healthy", WELL, []],
    ["degraded", WELL, [problem]],
    ["down", WELL, [problem, { ...problem, all: true }]],
    ["down", { ...WELL, serving: 0 }, [problem]],
    ["unknown", { ...WELL, total: 0 }, [{ ...problem, all: true }]],
  ])("makes it %s", (health, counts, problems) => {
    expect(healthOf(counts, problems)).toBe(health);
  });

  it("is said with the endpoints that it is about, and with what to do", () => {
    const lines = renderProblems(
      [{ service: "shop", problems: [problem] }, { service: "well" }],
      300,
      createPaint(false),
    );
    expect(lines).toEqual([
      "! shop: no request is sent to a: credential partner: the secret KEY is absent: set it for the edge with npx wrangler secret put KEY (heddle dev: in .dev.vars)",
    ]);
  });

  it("is left as it is where it says itself what to do", () => {
    const said = "the Worker has no mTLS binding CERT: add it to mtls_certificates in wrangler.toml and deploy";
    expect(withFix(said)).toBe(said);
  });
});

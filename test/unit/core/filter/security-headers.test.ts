import { describe, expect, it } from "vitest";
import { addSecurityHeaders } from "../../../../src/core/filter/security-headers.ts";

const plan = {
  headers: [
    ["x-frame-options", "DENY"],
    ["x-content-type-options", "nosniff"],
  ],
  hsts: "max-age=60",
  replaces: false,
  remove: ["server", "x-powered-by"],
} as const;

const headersAfter = (
  given: Record<string, string>,
  over: Partial<typeof plan | { replaces: boolean }>,
  isSecure = true,
) => {
  const headers = new Headers(given);
  addSecurityHeaders(headers, { ...plan, ...over }, isSecure);
  return Object.fromEntries(headers);
};

describe("security headers", () => {
  it("are added, and what tells of the software is taken away", () => {
    expect(headersAfter({ server: "nginx/1.2", "x-powered-by": "PHP", etag: '"1"' }, {})).toEqual({
      etag: '"1"',
      "strict-transport-security": "max-age=60",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });

  const OWN = { "x-frame-options": "SAMEORIGIN", "strict-transport-security": "max-age=1" };

  it("leave an answer's own values, or replace them", () => {
    expect(headersAfter(OWN, {})).toMatchObject(OWN);
    expect(headersAfter(OWN, { replaces: true })).toMatchObject({
      "x-frame-options": "DENY",
      "strict-transport-security": "max-age=60",
    });
  });

  it("say nothing of transport on an answer without TLS, nor lets the origin", () => {
    expect(headersAfter(OWN, {}, false)).not.toHaveProperty("strict-transport-security");
  });

  it("leave the origin's word on transport alone where the mesh has none", () => {
    const off = { hsts: "" } as unknown as Partial<typeof plan>;
    expect(headersAfter(OWN, off)).toMatchObject({ "strict-transport-security": "max-age=1" });
    expect(headersAfter({}, off)).not.toHaveProperty("strict-transport-security");
  });
});

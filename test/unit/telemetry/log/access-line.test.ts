import { describe, expect, it } from "vitest";
import { accessLine } from "../../../../src/telemetry/log/access-line.ts";
import { seenRequest } from "../../../fixtures/seen-request.ts";

const PLAIN = { kept: "share", traceId: "", spanId: "", leftOut: 0 } as const;
const parsed = (line: string): Record<string, unknown> => JSON.parse(line);

describe("accessLine", () => {
  it("is one object on one line, with the names of the conventions", () => {
    const line = accessLine(seenRequest(), { ...PLAIN, traceId: "1".repeat(32), spanId: "2".repeat(16), leftOut: 3 });
    expect(parsed(line)).toMatchObject({
      event: "request",
      timestamp: "2025-06-15T15:06:40.000Z",
      severity: "INFO",
      trace_id: "1".repeat(32),
      span_id: "2".repeat(16),
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "http.server.request.duration": 0.042,
      "heddle.lines_left_out": 3,
    });
  });

  it("cannot be broken by what callers send", () => {
    const line = accessLine(seenRequest({ path: '/a\n{"event":"forged"}', userAgent: "x\r\ny\u2028" }), PLAIN);
    expect(line).not.toMatch(/[\r\n]/);
    expect(parsed(line)["url.path"]).toBe('/a\n{"event":"forged"}');
  });

  it("weighs by the answer, and by what happened on the way", () => {
    const severity = (changes: object, kept: "share" | "error" | "slow") =>
      parsed(accessLine(seenRequest(changes), { ...PLAIN, kept })).severity;
    expect(severity({ status: 503 }, "error")).toBe("ERROR");
    expect(severity({}, "error")).toBe("WARN");
    expect(severity({}, "slow")).toBe("WARN");
    expect(severity({ status: 404 }, "share")).toBe("INFO");
  });
});

import { describe, expect, it } from "vitest";
import { jsonLine } from "../../../../src/telemetry/log/json-line.ts";

describe("jsonLine", () => {
  it("is JSON of one line, in which nothing commands a terminal", () => {
    const told = { a: "\u0000\u001b[31m\r\n\u007f\u0085\u009b31m\u2028\u2029", "\u009b": "é€ 🙂" };
    const line = jsonLine(told);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
    expect(JSON.parse(line)).toEqual(told);
  });

  it("is what JSON.stringify gives for ordinary words", () => {
    expect(jsonLine({ event: "request", path: "/caf%C3%A9 é" })).toBe('{"event":"request","path":"/caf%C3%A9 é"}');
  });
});

/** The smallest configs that have one fault, and what is expected of the decoder for each. */
import { expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/decode.ts";

export type Row = readonly [
  title: string,
  text: string,
  path: string,
  line: number,
  message: string,
  suggestion?: string,
];

/** A service with one endpoint and these further lines, on lines 4 and after. */
export const shop = (...lines: string[]) =>
  [
    "services:",
    "  shop:",
    '    endpoints: [{ id: a, url: "http://a" }, { id: b, url: "http://b" }]',
    ...lines.map((line) => `    ${line}`),
    "routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]",
  ].join("\n");

/** The same with one endpoint that has these fields, on line 4. */
export const endpoint = (fields: string) =>
  `services:\n  shop:\n    endpoints:\n      - ${fields}\nroutes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]`;

/** Services shop (a request of 5s) and cart, and a route with these lines, on lines 6 and after. */
export const route = (...lines: string[]) =>
  [
    "services:",
    "  shop: { endpoints: [{ id: a, url: 'http://a' }], timeouts: { request: 5s } }",
    "  cart: { endpoints: [{ id: a, url: 'http://a' }] }",
    "routes:",
    "  -",
    ...lines.map((line) => `    ${line}`),
  ].join("\n");

/** The same with a rule of these lines, on lines 7 and after. */
export const rule = (...lines: string[]) =>
  route("rules:", `  - ${lines[0]}`, ...lines.slice(1).map((line) => `    ${line}`));

/** One test a row: the text has exactly this fault. */
export function refuses(rows: readonly Row[]): void {
  it.each(rows.map((row) => [row[0], row] as const))("refuses %s", (_, row) => check(row));
}

function check([, text, path, line, message, suggestion]: Row): void {
  const result = parseConfig(text);
  expect(result.ok ? [] : result.faults).toEqual([
    {
      path,
      line,
      column: expect.any(Number),
      message: expect.stringContaining(message),
      ...(suggestion !== undefined && { suggestion }),
    },
  ]);
}

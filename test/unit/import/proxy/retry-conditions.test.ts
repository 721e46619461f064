import { expect, it } from "vitest";
import { readRetryConditions } from "../../../../src/import/proxy/retry-conditions.ts";

it.each([
  ["connect-failure", { codes: [], onConnectFailure: true, onReset: false, onTimeout: false, methods: [] }],
  ["refused-stream", { codes: [], onConnectFailure: true, onReset: false, onTimeout: false, methods: [] }],
  ["reset", { codes: [], onConnectFailure: true, onReset: true, onTimeout: true, methods: ["*"] }],
  ["5xx", { codes: ["5xx"], onConnectFailure: true, onReset: true, onTimeout: true, methods: ["*"] }],
  ["gateway-error", { codes: [502, 503, 504], onReset: true, onTimeout: true, methods: ["*"] }],
  ["5xx,retriable-4xx,503", { codes: [409, "5xx"] }],
  ["503,connect-failure", { codes: [503], onConnectFailure: true, onReset: false, methods: ["*"] }],
  ["retriable-status-codes", { codes: [418, 429], onConnectFailure: false, methods: ["*"] }],
])("reads %s", (conditions, expected) => {
  expect(readRetryConditions(conditions.split(","), [429, 418]).retry).toMatchObject(expected);
});

it("says which conditions have no equivalent", () => {
  const { dropped } = readRetryConditions(["unavailable", "retriable-headers", "nonsense", "200"], []);
  expect(dropped.map(({ condition }) => condition)).toEqual(["unavailable", "retriable-headers", "nonsense", "200"]);
});

it("says that a broken connection is not told from one that never came about", () => {
  expect(readRetryConditions(["503", "connect-failure"], []).changed).toHaveLength(1);
  expect(readRetryConditions(["connect-failure"], []).changed).toEqual([]);
});

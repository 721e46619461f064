import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createUnsentLog, noteUnsent } from "../../../src/edge/unsent.ts";

describe("the log of attempts that were not sent", () => {
  const lines: string[] = [];
  beforeEach(() => {
    lines.length = 0;
    vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("says the same thing once a minute, with how often it happened", () => {
    const log = createUnsentLog();
    for (const nowMs of [0, 1, 59_999, 60_000]) noteUnsent(log, "shop", "aws", "credential a: no key", nowMs);
    noteUnsent(log, "shop", "gcp", "credential a: no key", 60_001);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { event: "attempt_not_sent", service: "shop", endpoint: "aws", why: "credential a: no key", count: 1 },
      { event: "attempt_not_sent", service: "shop", endpoint: "aws", why: "credential a: no key", count: 4 },
      { event: "attempt_not_sent", service: "shop", endpoint: "gcp", why: "credential a: no key", count: 1 },
    ]);
  });

  it("remembers a bounded number of things", () => {
    const log = createUnsentLog();
    for (let i = 0; i < 1_000; i += 1) noteUnsent(log, "shop", `e${i}`, "no key", 0);
    expect(log.size).toBeLessThanOrEqual(256);
  });
});

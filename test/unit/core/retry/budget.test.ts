import { describe, expect, it } from "vitest";
import {
  createRetryBucket,
  depositRequest,
  NO_BUDGET_PERCENT,
  withdrawRetry,
} from "../../../../src/core/retry/budget.ts";

function withdrawAll(bucket: ReturnType<typeof createRetryBucket>): number {
  let count = 0;
  while (withdrawRetry(bucket)) count++;
  return count;
}

describe("an isolate's retry bucket", () => {
  it("lets a new isolate retry its first failures", () => {
    expect(withdrawAll(createRetryBucket(20, 0))).toBe(5);
  });

  it("fills by its share of the requests, not by time", () => {
    const bucket = createRetryBucket(25, 0);
    withdrawAll(bucket);
    for (let i = 0; i < 12; i++) depositRequest(bucket, 60_000);
    expect(withdrawAll(bucket)).toBe(3);
  });

  it("keeps what ten seconds of its traffic put in", () => {
    const bucket = createRetryBucket(20, 0);
    for (let at = 0; at < 60_000; at += 10) depositRequest(bucket, at);
    // 1,000 requests in ten seconds, a fifth of them.
    expect(withdrawAll(bucket)).toBe(200);
  });

  it("forgets a busy past", () => {
    const bucket = createRetryBucket(20, 0);
    for (let at = 0; at < 10_000; at += 10) depositRequest(bucket, at);
    depositRequest(bucket, 60_000);
    expect(withdrawAll(bucket)).toBe(5);
  });

  it("allows every retry where there is no budget", () => {
    const bucket = createRetryBucket(NO_BUDGET_PERCENT, 0);
    for (let i = 0; i < 1_000; i++) expect(withdrawRetry(bucket)).toBe(true);
  });

  it("never allows a retry at zero percent", () => {
    const bucket = createRetryBucket(0, 0);
    for (let i = 0; i < 1_000; i++) depositRequest(bucket, i);
    expect(withdrawRetry(bucket)).toBe(false);
  });
});

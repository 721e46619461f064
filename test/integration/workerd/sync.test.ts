import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { Report, SyncReply } from "../../../src/core/protocol.ts";
import { onAttemptEnd, onAttemptStart } from "../../../src/core/service-state.ts";
import { createIsolate, type Isolate } from "../../../src/edge/isolate.ts";
import { sync } from "../../../src/edge/sync.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";

const mesh = meshOf([serviceOf("shop", [endpointOf("aws", "http://aws.invalid")])]);
const REFUSED: SyncReply = { ok: false, error: "invalid_report", detail: "by the test" };

/** An isolate whose object takes down every report and answers as it is told. */
function isolateWith(answer: (call: number) => Promise<SyncReply>) {
  const reports: Report[] = [];
  const monitor = {
    sync: (report: Report) => {
      reports.push(report);
      return answer(reports.length);
    },
  };
  const env = { SERVICE_MONITOR: { getByName: () => monitor } };
  return { isolate: createIsolate({ mesh, env, region: "weur", nowMs: Date.now() }), reports };
}

async function exchange(isolate: Isolate): Promise<void> {
  const ctx = createExecutionContext();
  await sync(isolate, isolate.open.services[0]!, ctx);
  await waitOnExecutionContext(ctx);
}

function answered(isolate: Isolate): void {
  const { state } = isolate.open.services[0]!;
  const nowMs = Date.now();
  onAttemptStart(state, 0, nowMs);
  const outcome = {
    outcome: "ok",
    status: 200,
    latencyMs: 5,
    nowMs,
    isRetry: false,
    isHedge: false,
    retryAfterMs: 0,
  } as const;
  onAttemptEnd(state, 0, outcome, null);
}

describe("a report that may not have arrived", () => {
  it("is sent again as it was, under its own number, before anything newer", async () => {
    const { isolate, reports } = isolateWith((call) =>
      call === 1 ? Promise.reject(new Error("lost")) : Promise.resolve(REFUSED),
    );
    answered(isolate);
    await exchange(isolate);
    answered(isolate);
    await exchange(isolate);
    await exchange(isolate);
    expect(reports.map(({ seq, ok }) => [seq, ...ok])).toEqual([
      [1, 1],
      [1, 1],
      [2, 1],
    ]);
    expect(reports[1]).toEqual(reports[0]);
  });
});

describe("an overloaded object", () => {
  it("is asked half as often with each refusal, and as before once it answers", async () => {
    let overloaded = true;
    const { isolate } = isolateWith(() =>
      overloaded ? Promise.reject(Object.assign(new Error("overloaded"), { overloaded })) : Promise.resolve(REFUSED),
    );
    const { sync: slot } = isolate.open.services[0]!;
    const slowdowns: number[] = [];
    for (let call = 0; call < 6; call++) {
      await exchange(isolate);
      slowdowns.push(slot.slowdown);
    }
    expect(slowdowns).toEqual([2, 4, 8, 16, 16, 16]);
    overloaded = false;
    await exchange(isolate);
    expect(slot.slowdown).toBe(1);
  });
});

import { writeFault } from "../origin/fault.ts";
import type { DemoSession } from "./demo-session.ts";
import type { DemoFrame } from "./frame.ts";

/** A look at the running demo. Changes nothing but what the traffic window forgets. */
export function takeFrame(
  demo: DemoSession,
  breakers: ReadonlyMap<string, string>,
  events: readonly string[],
): DemoFrame {
  const nowMs = demo.nowMs();
  const traffic = demo.traffic.project(nowMs);
  const load = demo.load?.counts() ?? { sent: 0, ok: 0, failed: 0 };
  return {
    elapsedSeconds: Math.round(nowMs / 1_000),
    edge: demo.session.edge.url,
    requestsPerSecond: traffic.requestsPerSecond,
    failedNow: traffic.failed,
    failedTotal: load.failed,
    sentTotal: load.sent,
    p50Ms: traffic.p50Ms,
    p99Ms: traffic.p99Ms,
    origins: demo.origins.map((origin) => {
      const seen = traffic.byEndpoint.get(origin.name);
      return {
        name: origin.name,
        share: seen?.share ?? 0,
        requestsPerSecond: (seen?.requests ?? 0) / demo.traffic.seconds,
        p50Ms: seen?.p50Ms ?? Number.NaN,
        breaker: breakers.get(origin.name) ?? "?",
        failedAttempts: traffic.failedAttempts.get(origin.name) ?? 0,
        fault: writeFault(origin.fault()),
        isFaulty: origin.isFaulty(),
      };
    }),
    events,
  };
}

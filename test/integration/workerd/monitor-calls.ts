/** How the tests talk to monitors. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { vi } from "vitest";
import type { MonitorDescription } from "../../../src/core/monitor/describe.ts";
import type { Report, Snapshot } from "../../../src/core/protocol.ts";
import type { Row } from "../../fixtures/report-deltas.ts";
import { monitorNamed } from "./stubs.ts";

/** An hour ahead of the real clock, so that alarms fire when a test runs them and not by themselves. */
export const T0 = Date.now() + 3_600_000;

/** Only Date is ours; alarms, sockets and storage are real. */
export function setClock(nowMs: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
}

/** Looks this often, with 5 ms between: 20 s at least, and longer on a machine that stands still, which costs one look. */
const LOOKS = 4_000;

/** Waits for something that happens by itself a moment later. `vi.waitFor` would move our clock. */
export async function eventually(condition: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < LOOKS; i++) {
    if (await condition()) return;
    await scheduler.wait(5);
  }
  throw new Error(`did not come true in 20 s: ${condition}`);
}

/** Runs the object's alarm; it is set just after the answer to a report, so it may not be there yet. */
export function runAlarm(name: string): Promise<void> {
  return eventually(() => runDurableObjectAlarm(monitorNamed(name)));
}

export async function sync(report: Report, name = `${report.service}/${report.region}`): Promise<Snapshot> {
  const reply = await monitorNamed(name).sync(report);
  if (!reply.ok) throw new Error(`${reply.error}: ${reply.detail}`);
  return reply.snapshot;
}

export async function describeObject(name: string): Promise<MonitorDescription> {
  const reply = await monitorNamed(name).describe();
  if (!reply.ok) throw new Error(`${reply.error}: ${reply.detail}`);
  return reply.description;
}

/** So many good answers of `ms` each. */
export function ok(id: string, n: number, ms = 20): Row {
  return { id, ok: n, latencySumMs: n * ms, latencySquareSum: n * ms * ms, latencyMinMs: ms };
}

/** So many refused connections, nothing else. */
export function refused(id: string, n: number): Row {
  return { id, connectFailures: n, trailingFailures: n, trailingGateway: n, trailingLocal: n };
}

/** Monitors without the platform, on a virtual clock, and the exchange between them. */

import type { ProbeOutcome } from "../../../../src/core/health/active-check.ts";
import type { Service } from "../../../../src/core/mesh.ts";
import type { ExchangeMessage, RootRow } from "../../../../src/core/monitor/exchange-message.ts";
import { createMonitor, type Monitor } from "../../../../src/core/monitor/monitor.ts";
import type { MonitorScope } from "../../../../src/core/monitor/monitor-name.ts";
import { onCommand } from "../../../../src/core/monitor/on-command.ts";
import { messageOf, onAnswer, onMessage } from "../../../../src/core/monitor/on-exchange.ts";
import type { Operated } from "../../../../src/core/monitor/operate.ts";
import { checkCommand, type OperatorCommand } from "../../../../src/core/monitor/override.ts";
import { startSending } from "../../../../src/core/monitor/root-link.ts";
import { seededRng } from "../../../../src/core/rng.ts";
import { endpointOf, httpCheck, meshOf, serviceOf } from "../../../fixtures/meshes.ts";

export const T0 = 1_000_000;

const endpoints = ["a", "b", "c", "d"].map((id) => endpointOf(id, `http://${id}.invalid`));
export const checked = serviceOf("shop", endpoints, {
  healthChecks: [httpCheck({ healthyThreshold: 1, unhealthyThreshold: 1 })],
});
export const unchecked = serviceOf("shop", endpoints);

export function monitorOf(scope: MonitorScope, service: Service = checked, nowMs = T0): Monitor {
  return createMonitor({ mesh: meshOf([service]), service, scope, lifeId: "life", rng: seededRng(5), nowMs });
}

interface Between {
  readonly message?: (message: ExchangeMessage) => ExchangeMessage;
  readonly row?: (row: RootRow) => RootRow;
}

/** One exchange of a region with the root. `between`: what becomes of the message and of the row on the way. */
export function exchange(region: Monitor, root: Monitor, nowMs: number, between: Between = {}): void {
  const { message = (same) => same, row = (same) => same } = between;
  const link = region.link!;
  const said = message(messageOf(region, link, startSending(link, nowMs), nowMs));
  onAnswer(region, link, row(onMessage(root, said, nowMs)), nowMs);
}

/** An operator's word; its id is the action and the time. */
export function tell(monitor: Monitor, command: OperatorCommand, nowMs: number): Operated {
  const check = checkCommand(command);
  if (!check.ok) throw new Error(check.detail);
  return onCommand(monitor, check.command, `${command.action}-${nowMs}`, nowMs);
}

export function probed(ok: boolean, atMs: number): ProbeOutcome {
  return { ok, detail: ok ? "status 200" : "status 500", latencyMs: 3, atMs };
}

import type { MeshEvent } from "../../../../src/telemetry/events/event.ts";

/** An ejection that has begun. */
export function ejection(more: Partial<MeshEvent> = {}): MeshEvent {
  return {
    id: "shop:root:1",
    atMs: 1_000,
    service: "shop",
    endpoint: "aws",
    region: null,
    type: "ejection",
    severity: "warning",
    summary: "aws of shop was ejected for 30 s: consecutive_5xx",
    cause: { cause: "consecutive_5xx", forMs: 30_000 },
    key: "ejection/shop/aws",
    resolved: false,
    ...more,
  };
}

/** Its end. */
export function recovery(more: Partial<MeshEvent> = {}): MeshEvent {
  return ejection({
    id: "shop:root:2",
    type: "recovery",
    severity: "info",
    summary: "aws of shop takes traffic again: probes passed",
    cause: { cause: "probes passed" },
    resolved: true,
    ...more,
  });
}

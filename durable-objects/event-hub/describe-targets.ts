/** Who is told and what is called, for the API: nothing that is secret. */
import type { Target } from "../../src/telemetry/events/target.ts";
import type { NoticeStore } from "./notice-store.ts";
import { placeOf } from "./send.ts";

export interface TargetView {
  readonly name: string;
  /** A hook's service; null for a target of notifications. */
  readonly service: string | null;
  readonly type: "webhook" | "slack" | "pagerduty" | "alertmanager" | "self-healing";
  /** The host, or the name of the secret that has the URL. */
  readonly to: string;
  /** ok: took the last one, or none was sent yet. retrying: did not, and is tried again. dead: does not for long. */
  readonly state: "ok" | "retrying" | "dead";
  /** Notices that wait to be delivered. */
  readonly waiting: number;
  /** Conditions that it was told of, and that hold. */
  readonly firing: number;
  /** Ever: given up, refused, or crowded out. */
  readonly dropped: number;
  readonly failures: number;
  readonly lastError: string;
  /** Null: never. */
  readonly lastOkMs: number | null;
  readonly nextAttemptMs: number | null;
}

/** Views of the targets, in the order of the config. */
export function describeTargets(targets: readonly Target[], store: NoticeStore, nowMs: number): readonly TargetView[] {
  return targets.map((target) => {
    const { failures, lastError, lastOkMs, isDead, dropped, notBeforeMs } = store.target(target.id);
    const incidents = [...(store.incidents.get(target.id)?.values() ?? [])];
    return {
      name: target.settings.name,
      service: target.kind === "heal" ? target.service : null,
      type: target.kind === "heal" ? "self-healing" : target.settings.type,
      to: placeOf(target.settings),
      state: isDead ? "dead" : failures > 0 ? "retrying" : "ok",
      waiting: store.queue(target.id).length,
      firing: incidents.filter(({ isTold }) => isTold).length,
      dropped,
      failures,
      lastError,
      lastOkMs: lastOkMs === 0 ? null : lastOkMs,
      nextAttemptMs: notBeforeMs > nowMs ? notBeforeMs : null,
    };
  });
}

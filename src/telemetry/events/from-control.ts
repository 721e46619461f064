/** What the config and rollouts did, as events. */
import type { VersionMeta } from "../../core/mesh-version.ts";
import type { RolloutDescription, RolloutEvent } from "../../core/rollout/description.ts";
import type { MeshEvent } from "./event.ts";

const NO_PLACE = { service: null, endpoint: null, region: null } as const;

/** A version of the config: that it was made, and how its guard ended. Ids rise with versions. Never throws. */
export function fromVersion(meta: VersionMeta): readonly MeshEvent[] {
  const { version, atMs, author, message, kind, of = null, guard } = meta;
  const who = author === "" ? "" : ` by ${author}`;
  const said = message === "" ? "" : `: ${message}`;
  const what = {
    apply: `version ${version} of the config was applied`,
    rollback: `the config was rolled back to version ${of}, as version ${version}`,
    "guard-rollback": `a guard rolled the config back to version ${of}, as version ${version}`,
  }[kind];
  const made: MeshEvent = {
    ...NO_PLACE,
    id: `:config:${version}`,
    atMs,
    type: "config",
    severity: kind === "guard-rollback" ? "warning" : "info",
    summary: `${what}${who}${said}`,
    cause: { kind, version, of, author, message },
    key: `config/${version}`,
  };
  // A guard that went back made a version of its own, and one that ended was overtaken by one.
  if (guard?.state !== "passed") return [made];
  const passed: MeshEvent = {
    ...NO_PLACE,
    id: `:config:${version}-guard`,
    atMs: guard.untilMs,
    type: "config",
    severity: "info",
    summary: `the guard of version ${version} passed${guard.reason === "" ? "" : `: ${guard.reason}`}`,
    cause: { kind: "guard-passed", version, reason: guard.reason },
    key: `config/${version}/guard`,
  };
  return [made, passed];
}

/** A change of a rollout's phase or step. Never throws. */
export function fromRollout({ name, stable, steps }: RolloutDescription, event: RolloutEvent): MeshEvent {
  const { atMs, phase, step, percent, why, by } = event;
  const isBad = phase === "rolled-back";
  return {
    id: `${stable.service}:rollout-${name}:${atMs}`,
    atMs,
    service: stable.service,
    endpoint: null,
    region: null,
    type: "rollout",
    severity: isBad ? "warning" : "info",
    summary: `rollout ${name} is ${phase} at ${percent} %${by === "" ? "" : `, by ${by}`}${why === "" ? "" : `: ${why}`}`,
    cause: { rollout: name, phase, step, steps, percent, why, by },
    key: `rollout/${name}`,
  };
}

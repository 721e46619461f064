import { formatDuration } from "../../config/duration.ts";
import type { RolloutDescription, SideDescription } from "../../core/rollout/description.ts";
import type { LimitCheck } from "../../core/rollout/judge.ts";
import { table } from "../table.ts";
import type { Paint } from "../terminal.ts";
import type { ListedRollout } from "./ask-rollouts.ts";

/** Rollouts as a table, a line each. */
export function renderList(rollouts: readonly ListedRollout[], paint: Paint): string[] {
  if (rollouts.length === 0) return ["the mesh has no rollouts"];
  const titles = ["rollout", "phase", "step", "canary", "baked", "requests", "success", "p99", ""];
  const rows = rollouts.map((one) => {
    if ("error" in one) return [paint.bold(one.name), paint.red("unknown"), "", "", "", "", "", "", one.error];
    const { requests, failureRatio, p99Ms } = one.canary;
    return [
      paint.bold(one.name),
      phase(one, paint),
      `${one.step + 1}/${one.steps}`,
      `${one.percent} %`,
      baked(one),
      `${requests}`,
      success(failureRatio, requests),
      latency(p99Ms, requests),
      one.why,
    ];
  });
  return table([titles.map(paint.dim), ...rows], [false, false, true, true, true, true, true, true]);
}

/** One rollout: where it stands, what was seen of both sides, each limit, and what happened so far. */
export function renderRollout(one: RolloutDescription, paint: Paint): string[] {
  const lines = [
    `${paint.bold(one.name)} ${phase(one, paint)}${one.why === "" ? "" : `: ${one.why}`}`,
    `step ${one.step + 1} of ${one.steps}, ${one.percent} % to ${one.canary.service}, baked ${baked(one)}`,
    "",
    ...table(
      [
        ["side", "service", "requests", "success", "p99"].map(paint.dim),
        side("stable", one.stable),
        side("canary", one.canary),
      ],
      [false, false, true, true, true],
    ),
  ];
  if (one.judgement !== null) {
    const rows = one.judgement.checks.map((check) => checkRow(check, paint));
    lines.push("", ...table([["limit", "seen", "allowed", ""].map(paint.dim), ...rows], [false, true, true]));
  }
  if (one.unheard.length > 0) lines.push("", paint.yellow(`not told yet: ${one.unheard.join(", ")}`));
  if (one.history.length > 0) lines.push("", ...table(one.history.map((event) => eventRow(event, paint))));
  return lines;
}

function eventRow({ atMs, phase: to, step, percent, why, by }: RolloutDescription["history"][number], paint: Paint) {
  const at = new Date(atMs).toISOString().replace(/\.\d+Z$/, "Z");
  return [
    paint.dim(at),
    to,
    `step ${step + 1}`,
    `${percent} %`,
    by === "" ? why : `${why === "" ? "" : `${why} `}(${by})`,
  ];
}

function side(name: string, { service, requests, failureRatio, p99Ms }: SideDescription): string[] {
  return [name, service, `${requests}`, success(failureRatio, requests), latency(p99Ms, requests)];
}

function checkRow({ limit, seen, allowed, verdict }: LimitCheck, paint: Paint): string[] {
  const colour = { pass: paint.green, fail: paint.red, wait: paint.yellow }[verdict];
  return [LIMITS[limit], shown(limit, seen), allowed === null ? "unknown" : shown(limit, allowed), colour(verdict)];
}

const LIMITS: Record<LimitCheck["limit"], string> = {
  requests: "requests, at least",
  failureRatio: "failures, at most",
  failureRise: "failures, beside stable",
  p99Ms: "p99, at most",
  p99Ratio: "p99, beside stable",
};

function shown(limit: LimitCheck["limit"], value: number): string {
  if (limit === "requests") return `${value}`;
  return limit.startsWith("p99") ? `${value.toFixed(0)} ms` : `${(value * 100).toFixed(2)} %`;
}

function phase({ phase: now }: RolloutDescription, paint: Paint): string {
  switch (now) {
    case "running":
      return paint.cyan(now);
    case "promoted":
      return paint.green(now);
    case "rolled-back":
    case "aborted":
      return paint.red(now);
    case "paused":
      return paint.yellow(now);
    case "idle":
      return paint.dim(now);
  }
}

function baked({ bakedMs, bakeMs }: RolloutDescription): string {
  return `${formatDuration(Math.floor(bakedMs / 1_000) * 1_000)}/${formatDuration(bakeMs)}`;
}

function success(failureRatio: number, requests: number): string {
  return requests === 0 ? "-" : `${((1 - failureRatio) * 100).toFixed(2)} %`;
}

function latency(p99Ms: number, requests: number): string {
  return requests === 0 ? "-" : `${p99Ms.toFixed(0)} ms`;
}

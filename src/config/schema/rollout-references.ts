/** Names around rollouts: the services that a rollout moves between, and the rollouts that rules refer to. */
import { suggested } from "../nearest.ts";
import { type Finding, isRecord } from "./finding.ts";

type Path = readonly (string | number)[];

interface PlacedRefs {
  readonly path: Path;
  readonly refs: readonly unknown[];
}

/**
 * References to rollouts and from them that lead nowhere. Never throws, whatever `mesh` is.
 *
 * - `dangling`: what is wrong with a reference {service, subset}.
 */
export function* rolloutFindings(
  mesh: Record<string, unknown>,
  rules: Iterable<PlacedRefs>,
  dangling: (ref: unknown, path: Path) => Iterable<Finding>,
): Iterable<Finding> {
  const rollouts = isRecord(mesh.rollouts) ? mesh.rollouts : {};
  for (const [name, rollout] of Object.entries(rollouts)) {
    for (const side of ["stable", "canary"]) {
      if (isRecord(rollout)) yield* dangling(rollout[side], ["rollouts", name, side]);
    }
  }
  for (const { path, refs } of rules) {
    for (const [index, ref] of refs.entries()) {
      if (!isRecord(ref) || typeof ref.rollout !== "string" || Object.hasOwn(rollouts, ref.rollout)) continue;
      const message = `there is no rollout ${ref.rollout}`;
      const at = [...path, "backendRefs", index, "rollout"];
      yield { path: at, message, ...suggested(ref.rollout, Object.keys(rollouts)) };
    }
  }
}

/** A rule's references with a rollout's two sides in its place: what a rule overrides has to go with both. */
export function withSides(refs: readonly unknown[], rollouts: unknown): readonly unknown[] {
  return refs.flatMap((ref) => {
    const rollout = isRecord(ref) && isRecord(rollouts) ? rollouts[String(ref.rollout)] : undefined;
    return isRecord(rollout) ? [rollout.stable, rollout.canary] : [ref];
  });
}

/** The admin API's rollouts. */
import { z } from "zod";
import type { RolloutDescription } from "../../core/rollout/description.ts";
import type { RolloutAction } from "../../core/rollout/rollout.ts";
import type { ListedRollout } from "../rollout/ask-rollouts.ts";
import type { Control } from "./client.ts";
import { listOf } from "./pages.ts";

const PATH = "/v1/rollouts";

/** The objects describe themselves, and both sides of the API use the same description; what is checked is that it is one. */
const rolloutShape = z.custom<RolloutDescription>((value) => isRecord(value) && "phase" in value && "stable" in value);
const listedShape = z.custom<ListedRollout>(
  (value) => isRecord(value) && typeof value.name === "string" && ("phase" in value || "error" in value),
);

export async function rollouts(control: Control): Promise<readonly ListedRollout[]> {
  return (await listOf(control, PATH, listedShape)).items;
}

export function rollout(control: Control, name: string): Promise<RolloutDescription> {
  return control.get(`${PATH}/${encodeURIComponent(name)}`, rolloutShape);
}

/** Says something to a rollout, and gives what it is then. */
export function steer(control: Control, name: string, action: RolloutAction): Promise<RolloutDescription> {
  return control.get(`${PATH}/${encodeURIComponent(name)}`, rolloutShape, { method: "POST", json: { action } });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

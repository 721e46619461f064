/** What an isolate of the edge says that somebody has to see to, by service and for all. */
import { z } from "zod";
import type { ControlEnvironment } from "../environment.ts";
import { Unreachable } from "../http/ask.ts";
import { askEdge } from "./edge.ts";

const shape = z.object({
  problems: z.array(z.string()),
  services: z.record(
    z.string(),
    z.array(z.object({ detail: z.string(), endpoints: z.array(z.string()), all: z.boolean() })),
  ),
});

export type EdgeProblems = z.infer<typeof shape>;
export type ServiceProblem = EdgeProblems["services"][string][number];

/** Asked again after so long: lists and pages of one look share an answer. */
const KNOWN_MS = 3_000;

let known: { readonly problems: EdgeProblems | null; readonly untilMs: number } = { problems: null, untilMs: 0 };

/** Null: no edge is bound, it says nothing of this, or it gives no answer now. Never rejects. */
export async function edgeProblems(env: ControlEnvironment, nowMs: number): Promise<EdgeProblems | null> {
  if (nowMs < known.untilMs) return known.problems;
  const problems = await asked(env);
  known = { problems, untilMs: nowMs + KNOWN_MS };
  return problems;
}

async function asked(env: ControlEnvironment): Promise<EdgeProblems | null> {
  try {
    const answer = await askEdge(env, "/.heddle/problems");
    return answer.ok ? (shape.safeParse(answer.value).data ?? null) : null;
  } catch (error) {
    if (error instanceof Unreachable) return null;
    throw error;
  }
}

import type { RolloutDescription } from "../../core/rollout/description.ts";
import type { RolloutAction } from "../../core/rollout/rollout.ts";
import { CommandFailure } from "../failure.ts";

export interface EdgeAccess {
  /** Without a trailing slash. */
  readonly edge: string;
  /** Null: none is sent. */
  readonly token: string | null;
}

/** A rollout as an edge lists it: what its object says, or why it says nothing. */
export type ListedRollout = RolloutDescription | { readonly name: string; readonly error: string };

const TIMEOUT_MS = 15_000;

/** Every rollout of the edge's mesh. Throws CommandFailure when the edge does not answer, or refuses. */
export async function listRollouts(access: EdgeAccess): Promise<readonly ListedRollout[]> {
  const { rollouts } = (await ask(access, "")) as { readonly rollouts: readonly ListedRollout[] };
  return rollouts;
}

/** One rollout. Throws as `listRollouts` does. */
export async function showRollout(access: EdgeAccess, name: string): Promise<RolloutDescription> {
  return (await ask(access, `/${encodeURIComponent(name)}`)) as RolloutDescription;
}

/** Says something to a rollout, and gives what it is then. Throws as `listRollouts` does. */
export async function operateRollout(
  access: EdgeAccess,
  name: string,
  command: { readonly action: RolloutAction; readonly by: string },
): Promise<RolloutDescription> {
  return (await ask(access, `/${encodeURIComponent(name)}`, command)) as RolloutDescription;
}

async function ask({ edge, token }: EdgeAccess, path: string, command?: object): Promise<unknown> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(`${edge}/.heddle/rollouts${path}`, {
      method: command === undefined ? "GET" : "POST",
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(command !== undefined && { "content-type": "application/json" }),
      },
      ...(command !== undefined && { body: JSON.stringify(command) }),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await answer.text();
  } catch (error) {
    const { cause } = error as { cause?: { code?: string } };
    const why = cause?.code ?? (error as Error).name;
    throw new CommandFailure("unreachable", `no edge answers at ${edge} (${why})`, "name one with --edge URL", 3);
  }
  const body = parse(text);
  if (answer.ok && body !== null) return body;
  if (answer.status === 401) {
    const fix = "give its operator token with --token, or in HEDDLE_OPERATOR_TOKEN";
    throw new CommandFailure("unauthorized", `the edge at ${edge} shows rollouts to holders of a token only`, fix, 4);
  }
  const title = typeof body?.title === "string" ? body.title : text.slice(0, 300);
  throw new CommandFailure("refused", `${edge} answered ${answer.status}: ${title}`, "");
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text) as Record<string, unknown> | null;
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

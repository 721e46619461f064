/** What operators see of rollouts and say to them, over HTTP. */
import { error, json } from "itty-router";
import { ACTIONS, type RolloutAction } from "../core/rollout/rollout.ts";
import type { RolloutReplyValue } from "../edge/environment.ts";
import type { Isolate } from "../edge/isolate.ts";

/** Longest command that is read, bytes. */
const MAX_BODY_BYTES = 4_096;

/** Every rollout of the mesh that is in force here, in its order. */
export async function listRollouts(isolate: Isolate): Promise<Response> {
  const rollouts = await Promise.all(
    isolate.open.rollouts.map(async ({ plan, percent, revision }) => {
      const reply = await ask(isolate, plan.name, (object) => object.describe());
      const here = { percent, revision };
      return reply.ok ? { ...reply.description, here } : { name: plan.name, error: reply.detail, here };
    }),
  );
  return json({ rollouts });
}

/** One of them. */
export async function showRollout(isolate: Isolate, name: string): Promise<Response> {
  return answer(await ask(isolate, name, (object) => object.describe()));
}

/** Passes an operator's word on. The body is JSON, {action, by}: a page elsewhere cannot send that unasked. */
export async function operateRollout(request: Request, isolate: Isolate, name: string): Promise<Response> {
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    return error(415, { title: "The body has to be application/json" });
  }
  const command = await readCommand(request);
  if (command === null)
    return error(400, { title: `The body is {"action": one of ${ACTIONS.join(", ")}, "by": text}` });
  return answer(await ask(isolate, name, (object) => object.operate(command)));
}

type Calls = NonNullable<ReturnType<NonNullable<Isolate["env"]["ROLLOUT"]>["getByName"]>>;

async function ask(
  isolate: Isolate,
  name: string,
  call: (object: Calls) => Promise<RolloutReplyValue>,
): Promise<RolloutReplyValue> {
  const namespace = isolate.env.ROLLOUT;
  if (namespace === undefined) return unreachable("there is no binding ROLLOUT");
  // Any name would make an object; those that nobody configured are not for callers to make.
  if (!isolate.open.rollouts.some(({ plan }) => plan.name === name)) {
    return { ok: false, error: "unknown_rollout", detail: `the mesh has no rollout ${name}` };
  }
  try {
    return await call(namespace.getByName(name));
  } catch (cause) {
    return unreachable(cause instanceof Error ? cause.message : String(cause));
  }
}

function unreachable(detail: string): RolloutReplyValue {
  return { ok: false, error: "unreachable", detail };
}

const STATUSES: Readonly<Record<string, number>> = { unknown_rollout: 404, invalid_command: 400, not_possible: 409 };

function answer(reply: RolloutReplyValue): Response {
  if (reply.ok) return json(reply.description);
  return error(STATUSES[reply.error] ?? 502, { title: reply.detail, error: reply.error });
}

async function readCommand(request: Request): Promise<{ action: RolloutAction; by: string } | null> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return null;
  try {
    const { action, by = "" } = (await request.json()) as { action?: unknown; by?: unknown };
    if (!ACTIONS.includes(action as RolloutAction) || typeof by !== "string") return null;
    return { action: action as RolloutAction, by };
  } catch {
    return null;
  }
}

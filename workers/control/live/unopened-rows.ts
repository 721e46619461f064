/** What the control plane's objects keep and can no longer open, as sentences for an operator. */
import type { UnopenedRows } from "../../../src/security/at-rest/row-seal.ts";
import { accessControl } from "../access/access-control.ts";
import type { ControlEnvironment } from "../environment.ts";
import { ask, Unreachable } from "../http/ask.ts";
import { eventHub } from "./event-hub.ts";
import { mapInParallel } from "./in-parallel.ts";
import { meshInForce } from "./mesh-config.ts";

/** Rows are opened when an object begins: what it could not open stays so for its life. */
const KNOWN_MS = 30_000;
const ANSWER_MS = 2_000;
const AT_ONCE = 6;
/** Objects asked of a kind that there are many of. */
const MAX_ASKED = 60;

let known: { readonly problems: readonly string[]; readonly untilMs: number } = { problems: [], untilMs: 0 };

interface Asked {
  readonly what: string;
  readonly call: () => Promise<UnopenedRows>;
}

/** A sentence for each object that cannot open some of its rows; empty: all can, or do not answer now. Never rejects. */
export async function unopenedProblems(env: ControlEnvironment, nowMs: number): Promise<readonly string[]> {
  if (nowMs < known.untilMs) return known.problems;
  const objects = await objectsOf(env).catch(nobody);
  const found = await mapInParallel(objects, AT_ONCE, async ({ what, call }) => {
    const { rows, detail } = await ask(what, call, ANSWER_MS).catch(nothingFrom);
    return rows === 0 ? [] : [`${what}: ${rows} of its rows cannot be opened (${detail})`];
  });
  known = { problems: found.flat(), untilMs: nowMs + KNOWN_MS };
  return known.problems;
}

/** Who there is to ask is not known now. */
function nobody(error: unknown): readonly Asked[] {
  if (!(error instanceof Unreachable)) throw error;
  return [];
}

function nothingFrom(error: unknown): UnopenedRows {
  if (!(error instanceof Unreachable)) throw error;
  return { rows: 0, detail: "" };
}

async function objectsOf(env: ControlEnvironment): Promise<readonly Asked[]> {
  const { services, discovery, authentication } = await meshInForce(env);
  const discovered = services.filter((service) => service.discovery !== undefined).map(({ name }) => name);
  const providers = (authentication?.providers ?? []).filter(
    (one) => one.type === "api-key" && one.issued !== undefined,
  );
  return [
    { what: "tokens of the control plane", call: () => accessControl(env).unopened() },
    { what: "events and notifications", call: () => eventHub(env).unopened() },
    ...providers.map(({ name }) => ({
      what: `API keys of ${name}`,
      call: () => env.API_KEYS.getByName(name).unopened(),
    })),
    ...discovered.slice(0, MAX_ASKED).map((name) => ({
      what: `the registry of ${name}`,
      call: () => env.REGISTRY.getByName(name).unopened(),
    })),
    ...(discovery?.clusters ?? []).map(({ name }) => ({
      what: `the cluster ${name}`,
      call: () => env.CLUSTER_WATCH.getByName(name).unopened(),
    })),
    ...services.slice(0, MAX_ASKED).map(({ name }) => ({
      what: `the history of ${name}`,
      call: () => env.SERVICE_HISTORY.getByName(name).unopened(),
    })),
  ];
}

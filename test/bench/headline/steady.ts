/** How often the state plane is called per request of the data plane, under steady load. */
import { runLoad } from "../../../src/cli/load/run-load.ts";

export interface SteadyResult {
  readonly rps: number;
  readonly seconds: number;
  readonly requests: number;
  readonly calls: number;
  readonly callsPerRequest: number;
}

interface State {
  readonly services: readonly { readonly sync: { readonly calls: number } }[];
}

/** Loads an edge in dev mode evenly and counts its calls. */
export async function steadyCalls(url: string, plan: { rps: number; seconds: number }): Promise<SteadyResult> {
  const before = await callsOf(url);
  const summary = await runLoad({ url: `${url}/api/items`, rps: plan.rps, seconds: plan.seconds });
  const calls = (await callsOf(url)) - before;
  return { ...plan, requests: summary.sent, calls, callsPerRequest: calls / summary.sent };
}

async function callsOf(url: string): Promise<number> {
  const state = (await (await fetch(`${url}/.heddle/state`)).json()) as State;
  return state.services.reduce((sum, service) => sum + service.sync.calls, 0);
}

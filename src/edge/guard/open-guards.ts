/** The guards of a mesh as an isolate runs them: keys imported once, caches kept over versions of the mesh. */
import { type OpenBounds, openBounds } from "../../core/limit/bounds.ts";
import type { Mesh } from "../../core/mesh.ts";
import { type OpenAutomaton, openAutomaton } from "../../core/route/automaton.ts";
import {
  type OpenAuthenticate,
  type OpenProvider,
  openAuthenticate,
  openProviders,
} from "../../security/authn/open.ts";
import {
  type OpenRateLimit,
  type OpenRateLimits,
  openRateLimits,
  rateLimitProblems,
} from "../rate-limit/open-rate-limits.ts";
import { type OpenAuthorize, openAuthorize } from "./open-authorize.ts";

export interface OpenGuard {
  /** Null: a request may look as it likes. */
  readonly bounds: OpenBounds | null;
  /** Null: nobody is asked who they are. */
  readonly authenticate: OpenAuthenticate | null;
  /** Null: everybody may do everything. */
  readonly authorize: OpenAuthorize | null;
  /** Null: as much as they like. */
  readonly rateLimits: readonly OpenRateLimit[] | null;
}

export interface OpenGuards {
  /** By index into Mesh.guards. */
  readonly of: readonly OpenGuard[];
  /** By what the config says of them, so that a new mesh that says the same goes on with what was learnt. */
  readonly providers: ReadonlyMap<string, OpenProvider>;
  readonly rateLimits: OpenRateLimits;
}

/**
 * Opens them. `before`: those of the mesh that was in force; null for none. Never throws for what `compileMesh` made.
 * Linear in the guards.
 */
export function openGuards(mesh: Mesh, before: OpenGuards | null): OpenGuards {
  const { providers, inOrder } = openProviders(mesh.authentication, before?.providers ?? new Map());
  const rateLimits = openRateLimits(mesh, before?.rateLimits ?? null);
  const automata = new Map<number, OpenAutomaton>();
  const automaton = (index: number) => {
    const open = automata.get(index) ?? openAutomaton(mesh.automata[index]!);
    automata.set(index, open);
    return open;
  };
  const of = (mesh.guards ?? []).map((guard) => ({
    bounds: guard.bounds === undefined ? null : openBounds(guard.bounds, automaton),
    authenticate:
      guard.authenticate === undefined ? null : openAuthenticate(guard.authenticate, mesh.authentication!, inOrder),
    authorize: guard.authorize === undefined ? null : openAuthorize(guard.authorize, mesh, inOrder),
    rateLimits: guard.rateLimits === undefined ? null : guard.rateLimits.map((index) => rateLimits.inOrder[index]!),
  }));
  return { of, providers, rateLimits };
}

/** What an operator has to see to: keys that cannot be fetched, URLs that must not be asked, bindings. Usually none. */
export function guardProblems({ providers, rateLimits }: OpenGuards, env: object): readonly string[] {
  const ofProviders = [...providers.values()].flatMap((provider) => {
    const problem = provider.problem?.(env) ?? "";
    return problem === "" ? [] : [`authentication ${provider.name}: ${problem}`];
  });
  return [...ofProviders, ...rateLimitProblems(rateLimits, env)];
}

/** Who looks, and what they may do. What is not allowed is not offered; the control plane checks it all the same. */
import { signal } from "@preact/signals";
import { call, type Problem } from "../api/client.ts";
import type { Scope, Whoami } from "../api/shapes.ts";
import { bearer, keepToken } from "./token.ts";

export type Session =
  | { readonly state: "asking" }
  | { readonly state: "out"; readonly problem: Problem | null }
  | { readonly state: "in"; readonly who: Whoami };

export const session = signal<Session>({ state: "asking" });

/** Asks who the caller is, with the token or, without one, as Cloudflare Access knows them. */
export async function signIn(token: string | null = bearer.peek()): Promise<void> {
  if (token !== bearer.peek()) keepToken(token);
  const answer = await call<Whoami>("/v1/whoami");
  if (answer.ok) {
    session.value = { state: "in", who: answer.value };
    return;
  }
  const { problem } = answer;
  if (problem.status === 401) keepToken(null);
  // Nobody has said anything yet: that they are unknown is no news to them.
  session.value = { state: "out", problem: problem.status === 401 && token === null ? null : problem };
}

export function signOut(problem: Problem | null = null): void {
  keepToken(null);
  session.value = { state: "out", problem };
}

/** Whether the caller may do what needs `scope`, to this service or, without one, to all of them. */
export function may(scope: Scope, service?: string): boolean {
  const now = session.value;
  if (now.state !== "in") return false;
  const { scopes, services } = now.who;
  const ranks: readonly Scope[] = ["read", "operate", "admin"];
  const hasScope = scopes.some(
    (own) => own === scope || (ranks.indexOf(own) > ranks.indexOf(scope) && ranks.includes(scope)),
  );
  return hasScope && (services === null || (service !== undefined && services.includes(service)));
}

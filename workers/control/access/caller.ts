/** Who makes a request, and what they may do. */
import type { Via } from "../../../durable-objects/access-control/audit.ts";
import type { Scope, Token } from "../../../durable-objects/access-control/token.ts";

export interface Caller {
  /** Distinct for each credential; idempotency keys are told apart by it. */
  readonly key: string;
  /** For people and the audit log. */
  readonly name: string;
  readonly via: Via;
  readonly scopes: readonly Scope[];
  /** Null: all of them. */
  readonly services: readonly string[] | null;
  /** Null: as long as the identity or the secret lasts. */
  readonly expiresAtMs: number | null;
}

/** What a scope includes: admin may operate and read, operate may read, admin may register too. */
const INCLUDED: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ["read"],
  operate: ["read", "operate"],
  admin: ["read", "operate", "admin", "register"],
  register: ["register"],
};

/** Whether a caller has one of these scopes. Never throws. */
export function hasScope(caller: Caller, scopes: readonly Scope[]): boolean {
  return caller.scopes.some((own) => scopes.some((wanted) => INCLUDED[own].includes(wanted)));
}

/** Whether a caller may touch a service. Never throws. */
export function mayTouch(caller: Caller, service: string): boolean {
  return caller.services === null || caller.services.includes(service);
}

/** The holder of a token. */
export function tokenHolder({ id, name, scopes, services, expiresAtMs }: Token): Caller {
  return { key: `token/${id}`, name: `${name} (${id})`, via: "token", scopes, services, expiresAtMs };
}

/** The holder of the bootstrap token: everything. */
export const BOOTSTRAP: Caller = {
  key: "bootstrap",
  name: "bootstrap",
  via: "bootstrap",
  scopes: ["admin"],
  services: null,
  expiresAtMs: null,
};

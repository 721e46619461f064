/**
 * Callers whom Cloudflare Access has let in. The platform says who they are, so nothing of it can be forged in a header;
 * what they may do is in three lists of the environment, of e-mail addresses and of groups. Who is in none may do nothing.
 */
import type { Scope } from "../../../durable-objects/access-control/token.ts";
import type { ControlEnvironment } from "../environment.ts";
import type { Caller } from "./caller.ts";

type Lists = Pick<ControlEnvironment, "HEDDLE_ACCESS_ADMINS" | "HEDDLE_ACCESS_OPERATORS" | "HEDDLE_ACCESS_READERS">;

/** The parts of an identity that are used. */
export interface AccessIdentity {
  readonly email?: string;
  readonly groups?: readonly (string | { readonly name?: string; readonly id?: string; readonly email?: string })[];
}

/** The caller for an identity; null for one without an e-mail address. The highest list that names them counts. */
export function accessCaller(identity: AccessIdentity, lists: Lists): Caller | null {
  const { email, groups = [] } = identity;
  if (typeof email !== "string" || email === "") return null;
  const names = groups.flatMap((group) => (typeof group === "string" ? [group] : [group.name, group.id, group.email]));
  const own = new Set([email, ...names].flatMap((name) => (typeof name === "string" ? [name.toLowerCase()] : [])));
  const isIn = (list: string | undefined) => entriesOf(list).some((entry) => own.has(entry));
  const scopes: readonly Scope[] = isIn(lists.HEDDLE_ACCESS_ADMINS)
    ? ["admin"]
    : isIn(lists.HEDDLE_ACCESS_OPERATORS)
      ? ["operate"]
      : isIn(lists.HEDDLE_ACCESS_READERS)
        ? ["read"]
        : [];
  const key = `access/${email.toLowerCase()}`;
  return { key, name: email, via: "access", scopes, services: null, expiresAtMs: null };
}

function entriesOf(list: string | undefined): readonly string[] {
  return (list ?? "")
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "");
}

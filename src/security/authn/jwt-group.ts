/**
 * The token providers of one rule together: several issuers may share one place, as most do the Authorization header, and then
 * the issuer that a token names says whose keys it is checked with. A token in every place is looked for, and all that are
 * found have to be good.
 */
import type { CredentialPlace } from "../../core/mesh.ts";
import { recall } from "./bounded-cache.ts";
import { credentialIn } from "./credential-place.ts";
import { claimedIssuer, INVALID_TOKEN, type OpenJwt } from "./jwt.ts";
import type { OpenProvider } from "./open.ts";
import { type Caller, type Check, type Passed, unauthenticated } from "./outcome.ts";

interface SharedPlace {
  readonly place: CredentialPlace;
  readonly readers: readonly { readonly jwt: OpenJwt; readonly place: CredentialPlace }[];
}

/** The providers as one, for one rule. */
export function jwtGroup(members: readonly OpenJwt[]): OpenProvider {
  const places = placesOf(members);
  return {
    name: members.map(({ name }) => name).join(","),
    check(caller) {
      let found: Passed | null = null;
      for (let i = 0; i < places.length; i += 1) {
        const token = credentialIn(places[i]!.place, caller);
        if (token === null) continue;
        const check = judge(places[i]!, token, caller);
        if (check instanceof Promise) return rest(places, caller, found, check, i + 1);
        if (check === null || !check.ok) return check;
        found = found === null ? check : both(found, check);
      }
      return found;
    },
  };
}

async function rest(
  places: readonly SharedPlace[],
  caller: Caller,
  before: Passed | null,
  pending: Promise<Check>,
  from: number,
): Promise<Check> {
  let found = before;
  let check = await pending;
  for (let next = from; ; next += 1) {
    if (check !== null) {
      if (!check.ok) return check;
      found = found === null ? check : both(found, check);
    }
    const place = places[next];
    if (place === undefined) return found;
    const token = credentialIn(place.place, caller);
    check = token === null ? null : await judge(place, token, caller);
  }
}

function judge({ readers }: SharedPlace, token: string, caller: Caller): Check | Promise<Check> {
  const only = readers.length === 1 ? readers[0] : (rememberedBy(readers, token) ?? byIssuer(readers, token));
  if (only === undefined) return unauthenticated("", "its issuer is none of the rule's", INVALID_TOKEN);
  return only.jwt.judge(token, only.place, caller);
}

function rememberedBy(readers: SharedPlace["readers"], token: string): SharedPlace["readers"][number] | undefined {
  return readers.find(({ jwt }) => recall(jwt.verified, token) !== undefined);
}

function byIssuer(readers: SharedPlace["readers"], token: string): SharedPlace["readers"][number] | undefined {
  const short = readers.filter(({ jwt }) => token.length <= jwt.provider.maxTokenBytes);
  const issuer = short.length === 0 ? "" : claimedIssuer(token);
  return short.find(({ jwt }) => jwt.provider.issuer === issuer);
}

/** The first one's word holds; neither token goes on to endpoints unless both may. */
function both(one: Passed, other: Passed): Passed {
  const { alone: _, ...first } = one;
  return { ...first, claims: [...one.claims, ...other.claims], more: [...(one.more ?? []), other] };
}

function placesOf(members: readonly OpenJwt[]): readonly SharedPlace[] {
  const placed = members.flatMap((jwt) => jwt.provider.from.map((place) => ({ jwt, place })));
  const groups = Map.groupBy(placed, ({ place }) => `${place.type} ${place.name} ${prefixOf(place).trim()}`);
  return [...groups.values()].map((readers) => ({ place: readers[0]!.place, readers }));
}

function prefixOf(place: CredentialPlace): string {
  return place.type === "header" ? place.prefix.toLowerCase() : "";
}

/**
 * The token providers of one rule together: several issuers may share one place, as most do the Authorization header, and then
 * the issuer that a token names says whose keys it is checked with. A token in every place is looked for, and all that are
 * found have to be good.
 */
import type { CredentialPlace } from "../../core/mesh.ts";
import { recall } from "./bounded-cache.ts";
import { checkEach } from "./check-each.ts";
import { credentialIn } from "./credential-place.ts";
import { claimedIssuer, INVALID_TOKEN, type OpenJwt } from "./jwt.ts";
import type { OpenProvider } from "./open.ts";
import { type Caller, type Check, unauthenticated } from "./outcome.ts";

interface SharedPlace {
  readonly place: CredentialPlace;
  readonly readers: readonly { readonly jwt: OpenJwt; readonly place: CredentialPlace }[];
}

/** The providers as one, for one rule. */
export function jwtGroup(members: readonly OpenJwt[]): OpenProvider {
  const places = placesOf(members);
  return {
    name: members.map(({ name }) => name).join(","),
    check: (caller) => checkEach(places, tokenAt, caller),
  };
}

function tokenAt(shared: SharedPlace, caller: Caller): Check | Promise<Check> {
  const token = credentialIn(shared.place, caller);
  return token === null ? null : judge(shared, token, caller);
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

function placesOf(members: readonly OpenJwt[]): readonly SharedPlace[] {
  const placed = members.flatMap((jwt) => jwt.provider.from.map((place) => ({ jwt, place })));
  const groups = Map.groupBy(placed, ({ place }) => `${place.type} ${place.name} ${prefixOf(place).trim()}`);
  return [...groups.values()].map((readers) => ({ place: readers[0]!.place, readers }));
}

function prefixOf(place: CredentialPlace): string {
  return place.type === "header" ? place.prefix.toLowerCase() : "";
}

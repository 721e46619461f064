/** What a fault can hit in a given mesh, as a user names it. */
import { nearest } from "../../config/nearest.ts";
import type { Mesh } from "../../core/mesh.ts";
import type { Target } from "../../simulate/scenario.ts";

/** An endpoint and where it runs; "" where the config does not say. */
export interface Place {
  readonly id: string;
  readonly service: string;
  readonly cloud: string;
  readonly region: string;
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string; readonly suggestion?: string };

/** Every endpoint of a mesh, in the order of the config. */
export function placesOf(mesh: Mesh): Place[] {
  return mesh.services.flatMap(({ name, endpoints }) =>
    endpoints.map(({ id, locality }) => ({ id, service: name, cloud: locality.cloud, region: locality.region })),
  );
}

/** The endpoint that a fault hits when none is named: the first of the first service that has a choice, else the first. */
export function firstPlace(places: readonly Place[]): Place | undefined {
  const sizes = new Map<string, number>();
  for (const { service } of places) sizes.set(service, (sizes.get(service) ?? 0) + 1);
  return places.find(({ service }) => sizes.get(service)! > 1) ?? places[0];
}

/**
 * Reads a target: an endpoint's id, a cloud, `cloud/region`, or `all`.
 *
 * - `first`: what a name is tried as first where an endpoint and a cloud share it.
 *
 * Never throws; a name that is none of these is refused with what was probably meant.
 */
export function readTarget(
  text: string,
  places: readonly Place[],
  first: "endpoint" | "cloud" = "endpoint",
): Reading<Target> {
  if (text === "all") return { ok: true, value: { type: "all" } };
  const endpoint = places.some(({ id }) => id === text);
  const cloud = text !== "" && places.some((place) => place.cloud === text);
  if (endpoint && !(cloud && first === "cloud")) return { ok: true, value: { type: "endpoint", id: text } };
  if (cloud) return { ok: true, value: { type: "cloud", cloud: text } };
  const region = places.find((place) => place.region !== "" && regionName(place) === text);
  if (region !== undefined) return { ok: true, value: { type: "region", cloud: region.cloud, region: region.region } };
  const known = knownTargets(places);
  const suggestion = nearest(text, known);
  return {
    ok: false,
    message: `there is no endpoint, cloud or region "${text}"${suggestion === undefined ? `; there are ${listed(known)}` : ""}`,
    ...(suggestion !== undefined && { suggestion }),
  };
}

/** How a target is written. */
export function targetName(target: Target): string {
  switch (target.type) {
    case "endpoint":
      return target.id;
    case "cloud":
      return target.cloud;
    case "region":
      return regionName(target);
    case "all":
      return "all";
  }
}

/** Everything `readTarget` takes: ids, then clouds, then regions. */
export function knownTargets(places: readonly Place[]): string[] {
  const ids = places.map(({ id }) => id);
  const clouds = places.flatMap(({ cloud }) => (cloud === "" ? [] : [cloud]));
  const regions = places.flatMap((place) => (place.region === "" ? [] : [regionName(place)]));
  return [...new Set([...ids, ...clouds, ...regions])];
}

function regionName({ cloud, region }: { readonly cloud: string; readonly region: string }): string {
  return `${cloud}/${region}`;
}

/** Names for a sentence, a dozen at most. */
function listed(names: readonly string[]): string {
  const shown = names.slice(0, LISTED);
  return [...shown, ...(names.length > LISTED ? [`${names.length - LISTED} more`] : [])].join(", ");
}

const LISTED = 12;

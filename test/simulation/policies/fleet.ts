/** What the policies are compared on: one service of eight equal origins in five places of three clouds, in two sizes. */
import { compileMesh } from "../../../src/config/compile.ts";
import { decodeConfig } from "../../../src/config/decode.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import type { OriginSettings } from "../../../src/simulate/world/origins.ts";

const PLACES = [
  { cloud: "aws", region: "us-east-1" },
  { cloud: "aws", region: "us-east-1" },
  { cloud: "gcp", region: "europe-west1" },
  { cloud: "gcp", region: "europe-west1" },
  { cloud: "azure", region: "westus2" },
  { cloud: "azure", region: "westus2" },
  { cloud: "aws", region: "ap-northeast-1" },
  { cloud: "gcp", region: "asia-southeast1" },
];

/** How big the origins are. */
export interface FleetShape {
  readonly name: FleetName;
  readonly rps: number;
  /** Of each origin; 0: as many as 40 ms a request need. */
  readonly servers: number;
}

export type FleetName = "small" | "large";

/** Three to four servers of 40 ms each; sixteen, of 56 to 76 ms, as the utilisation is. */
export const SHAPES: Readonly<Record<FleetName, FleetShape>> = {
  small: { name: "small", rps: 600, servers: 0 },
  large: { name: "large", rps: 1_600, servers: 16 },
};

const IDS = PLACES.map((_, at) => `e${at}`);

/** The mesh, with the product's defaults. Throws when it does not compile: a bug. */
export async function compileFleet(): Promise<Mesh> {
  const endpoints = PLACES.map((locality, at) => ({ id: IDS[at]!, url: `https://${IDS[at]}.example.com`, locality }));
  const routes = [{ rules: [{ backendRefs: [{ service: "shop" }] }] }];
  const decoded = decodeConfig({ services: { shop: { endpoints } }, routes });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 1 });
}

/** The origins of a shape; what is left out is sized by the simulation. */
export function originsOf(
  { servers, rps }: FleetShape,
  utilisation: number,
): Readonly<Record<string, OriginSettings>> | null {
  if (servers === 0) return null;
  const perMs = rps / IDS.length / 1_000 / utilisation;
  return Object.fromEntries(IDS.map((id) => [id, { servers, meanServiceMs: servers / perMs }]));
}

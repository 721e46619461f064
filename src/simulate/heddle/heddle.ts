/** Heddle as a contender: isolates with the edge's modules, and the state plane behind them. */
import { REGIONS, type Region } from "../../core/region.ts";
import type { Contender, ContenderWorld, Fleet, PlatformUsage } from "../contender.ts";
import type { ColoCache } from "./colo-cache.ts";
import { createIsolate } from "./isolate.ts";
import { createStatePlane, publish, type StatePlane } from "./state-plane.ts";

/** Isolates of one data centre: they share snapshots. */
const ISOLATES_PER_COLO = 8;
/** Generators of isolates are numbered behind those of objects. */
const FIRST_ISOLATE = 1_000_000;

/** Mutable. */
export interface HeddleFleet extends Fleet {
  readonly world: ContenderWorld;
  readonly plane: StatePlane;
}

/** The product. `name`: shown in results, usually the policy's. */
export function heddle(name: string): Contender {
  return { name, scope: "isolate", create: createFleet };
}

function createFleet(world: ContenderWorld): HeddleFleet {
  const usage: PlatformUsage = { syncs: 0, exchanges: 0, alarms: 0, rowsWritten: 0, objects: 0 };
  const plane = createStatePlane(world, usage);
  const colos = new Map<string, ColoCache>();
  const fleet: HeddleFleet = {
    world,
    plane,
    usage,
    start: ({ region, seat, number }) => {
      const rng = world.rng(FIRST_ISOLATE + number);
      return createIsolate(fleet, { region, reporter: `i${number}`, rng, colo: coloOf(colos, region, seat) });
    },
    onMesh: (open) => publish(plane, open),
  };
  return fleet;
}

function coloOf(colos: Map<string, ColoCache>, region: Region, seat: number): ColoCache {
  const key = `${REGIONS.indexOf(region)}/${Math.floor(seat / ISOLATES_PER_COLO)}`;
  const colo = colos.get(key) ?? new Map();
  colos.set(key, colo);
  return colo;
}

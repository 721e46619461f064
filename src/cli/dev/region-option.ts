import { nearest } from "../../config/nearest.ts";
import { isRegion, REGIONS, type Region } from "../../core/region.ts";
import { CommandFailure } from "../failure.ts";

/** The region named by an option; null when it was not given. Throws CommandFailure for an unknown one. */
export function regionOption(value: string | null): Region | null {
  if (value === null || isRegion(value)) return value;
  const guess = nearest(value, REGIONS);
  const fix = guess === undefined ? `regions are ${REGIONS.join(", ")}` : `did you mean ${guess}?`;
  throw new CommandFailure("usage", `there is no region "${value}"`, fix, 2);
}

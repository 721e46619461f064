import { CommandFailure } from "../failure.ts";
import type { Target } from "./shapes.ts";

/**
 * What an operator means: an endpoint by its id, `cloud:aws`, or `region:aws/us-east-1`.
 *
 * Throws CommandFailure when it is none of them. An id with a colon in it is one unless it begins like the other two.
 */
export function parseTarget(text: string): Target {
  const cloud = /^cloud:(.*)$/.exec(text)?.[1];
  if (cloud !== undefined && cloud !== "" && !cloud.includes("/")) return { cloud };
  const region = /^region:([^/]+)\/(.+)$/.exec(text);
  if (region !== null) return { cloud: region[1]!, region: region[2]! };
  if (text !== "" && !/^(cloud|region):/.test(text)) return { endpoint: text };
  const fix = "an endpoint's id, cloud:aws, or region:aws/us-east-1";
  throw new CommandFailure("usage", `"${text}" is no target`, fix, 2);
}

/** The same in the form it is given. */
export function targetText(target: Target): string {
  if ("endpoint" in target) return target.endpoint;
  return "region" in target ? `region:${target.cloud}/${target.region}` : `cloud:${target.cloud}`;
}

export function isSameTarget(a: Target, b: Target): boolean {
  return targetText(a) === targetText(b) && "endpoint" in a === "endpoint" in b;
}

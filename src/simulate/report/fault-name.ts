import type { Fault, Target } from "../scenario.ts";

/** A fault in a few words, for charts and tables: "aws: 20 % errors". */
export function faultName(fault: Fault): string {
  switch (fault.type) {
    case "down":
      return `${place(fault.target)} down`;
    case "black-hole":
      return `${place(fault.target)} swallows packets`;
    case "gray":
      return `${place(fault.target)} fails ${fault.errorPercent} %`;
    case "fast-fail":
      return `${place(fault.target)} fails at once`;
    case "slow":
      return `${place(fault.target)} ${fault.factor} times slower`;
    case "outage":
      return `${place(fault.target)} out`;
    case "flap":
      return `${place(fault.target)} flaps every ${fault.periodMs / 1_000} s`;
    case "antagonist":
      return `${fault.percent} % of ${place(fault.target)} used by others`;
    case "capacity-cut":
      return `${fault.percent} % of ${place(fault.target)} left`;
    case "cold-recovery":
      return `${place(fault.target)} down, then cold`;
    case "retry-storm":
      return `callers retry ${fault.retries} times`;
    case "surge":
      return `traffic × ${fault.factor}`;
    case "path-loss":
      return `${fault.from} cannot reach ${place(fault.target)}`;
    case "partition":
      return fault.from === "all" ? "state plane out of reach" : `state plane out of reach from ${fault.from}`;
    case "bad-config":
      return `bad config for ${place(fault.target)}`;
  }
}

function place(target: Target): string {
  switch (target.type) {
    case "endpoint":
      return target.id;
    case "cloud":
      return `cloud ${target.cloud}`;
    case "region":
      return `region ${target.cloud}/${target.region}`;
    case "all":
      return "everything";
  }
}

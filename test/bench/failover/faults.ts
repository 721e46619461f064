/** What happens to one of three origins while requests come in. */
import type { Fault } from "../../../src/cli/origin/fault.ts";

export interface FaultCase {
  /** As `--faults` takes it. */
  readonly name: string;
  /** In tables: "one origin …". */
  readonly label: string;
  readonly fault: Fault;
  /** Connections are accepted, and reset when a request has arrived. In place of `fault`. */
  readonly resets?: true;
  /** Condition it comes back in, and for how long, before it is well. */
  readonly comesBack?: { readonly fault: Fault; readonly forMs: number };
  /** Whether the origin sees the attempts it fails: nobody sees a refused one, so there is no share to speak of. */
  readonly seen: boolean;
  /** Share of the attempts below which it is left to itself, 0..1. Default LEFT_SHARE. */
  readonly leftShare?: number;
  /** Whether the fault comes and goes, so that leaving it for good is not what is asked for. */
  readonly flaps?: true;
}

/** An origin that should get nothing still gets probes. */
export const LEFT_SHARE = 0.05;

/** Three origins at 300 requests/s: 100/s are the fair share. */
export const FAULTS: readonly FaultCase[] = [
  { name: "refuse", label: "is down: refuses connections", fault: { refuse: true }, seen: false },
  { name: "hang", label: "hangs: accepts and never answers", fault: { hang: true }, seen: true },
  { name: "fast-fail", label: "answers 500 to everything, at once", fault: { status: 500 }, seen: true },
  { name: "gray", label: "fails 25 % of its requests", fault: { errorRatio: 0.25 }, seen: true },
  { name: "slow", label: "is ten times slower", fault: { slowFactor: 10 }, seen: true },
  {
    name: "flap",
    label: "goes down and up every 3 s",
    fault: { refuse: true, flapMs: 3_000 },
    seen: false,
    flaps: true,
  },
  { name: "reset", label: "resets connections before it answers", fault: {}, resets: true, seen: true },
  { name: "cut", label: "breaks off in the middle of its answers", fault: { reset: true }, seen: true },
  // What it bears is a sixth of the traffic, and it should have that.
  {
    name: "capacity",
    label: "bears half of its share",
    fault: { capacityPerSecond: 50 },
    leftShare: 0.17,
    seen: true,
  },
  {
    name: "cold-return",
    label: "was down, and bears a third of its share for 5 s after",
    fault: { refuse: true },
    comesBack: { fault: { capacityPerSecond: 33 }, forMs: 5_000 },
    seen: false,
  },
];

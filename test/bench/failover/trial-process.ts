/**
 * Runs one trial in a process of its own, so that trials side by side do not wait for each other's garbage collector, and
 * sends the result to the parent. Argument: `{ contender, fault, plan }` as JSON.
 */
import { lineup } from "../contenders/registry.ts";
import { FAULTS } from "./faults.ts";
import { runTrial, type TrialPlan } from "./trial.ts";

/** Ends us, and by our exit the contender, when the parent is gone or wants it. */
for (const event of ["disconnect", "SIGINT", "SIGTERM"]) process.once(event, () => process.exit(1));

export interface TrialOrder {
  readonly contender: string;
  readonly fault: string;
  readonly plan: TrialPlan;
}

const order = JSON.parse(process.argv[2]!) as TrialOrder;
const contender = lineup([order.contender]).present[0]!;
const fault = FAULTS.find(({ name }) => name === order.fault)!;
const result = await runTrial(contender, fault, order.plan);
process.send!(result, () => process.disconnect());

/** A limit that is defined anew while parts of it are used and lent. */
import { createLedger, type Ledger } from "./ledger.ts";
import { capacityOf, charge, createMeter, type LeasableCounting } from "./meter.ts";

/**
 * The ledger under another definition. Leases stay lent. What was used under the old one counts as used now: not less than
 * before, and in a window that begins now, so that changing a limit to and fro gives nobody more. Never throws.
 */
export function redefine(ledger: Ledger, counting: LeasableCounting, nowMs: number): Ledger {
  const used = ledger.meter.limit - capacityOf(ledger.meter, nowMs);
  const meter = createMeter(counting, nowMs);
  charge(meter, Math.max(0, used), nowMs);
  return { ...createLedger(meter), ...ledger, meter, isDirty: true };
}

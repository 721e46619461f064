/**
 * One budget for everything that an isolate holds of bodies: what is kept for another attempt, for copies, for signatures on
 * either side, and answers kept for bad times. What is only useful (`optional`) stops a quarter short of the whole, so that a
 * crowd of retries never stands in the way of what a request cannot do without (`required`).
 *
 * A claim is what one body holds. It is shared by those who use the body, and freed with the last of them, once, whatever is said
 * afterwards. A claim whose owner fell silent is lost: its bytes are free, and count again should the owner turn out to live.
 *
 * Counted are bytes of bodies. What a single read brings (64 KiB at most on the platform) is counted once it is there, and joining
 * the pieces of a body takes as much again for a moment.
 */

export interface MemoryBudget {
  readonly mostBytes: number;
  usedBytes: number;
  /** Bytes that were not to be had, how often: of uses that do without, and of those that cannot. */
  declined: number;
  refused: number;
}

export interface Claim {
  bytes: number;
  /** 0: it is freed, for good. */
  holders: number;
  isLost: boolean;
}

export type MemoryUse = "optional" | "required";

/** Of the budget, for what is only useful. */
const OPTIONAL_RATIO = 0.75;

export function createBudget(mostBytes: number): MemoryBudget {
  return { mostBytes, usedBytes: 0, declined: 0, refused: 0 };
}

/** A claim of one holder, of nothing yet. */
export function createClaim(): Claim {
  return { bytes: 0, holders: 1, isLost: false };
}

/** Bytes that a use may still have; below 0 where it has none, and others have what it may not. */
export function roomFor({ mostBytes, usedBytes }: MemoryBudget, use: MemoryUse): number {
  return (use === "optional" ? Math.floor(mostBytes * OPTIONAL_RATIO) : mostBytes) - usedBytes;
}

/** Takes so many bytes more; false, and nothing taken, where there is no room or the claim is freed. Constant time. */
export function grow(budget: MemoryBudget, claim: Claim, bytes: number, use: MemoryUse): boolean {
  if (claim.holders === 0) return false;
  restore(budget, claim);
  if (bytes > roomFor(budget, use)) {
    if (use === "optional") budget.declined += 1;
    else budget.refused += 1;
    return false;
  }
  claim.bytes += bytes;
  budget.usedBytes += bytes;
  return true;
}

/** Gives so many bytes back, of those it has. */
export function shrink(budget: MemoryBudget, claim: Claim, bytes: number): void {
  const given = Math.min(bytes, claim.bytes);
  claim.bytes -= given;
  if (!claim.isLost) budget.usedBytes -= given;
}

/** One holder more; false when the claim is freed already. */
export function share(claim: Claim): boolean {
  if (claim.holders === 0) return false;
  claim.holders += 1;
  return true;
}

/** One holder less; with the last one all of it is free. Of a freed claim nothing happens. */
export function release(budget: MemoryBudget, claim: Claim): void {
  if (claim.holders === 0) return;
  claim.holders -= 1;
  if (claim.holders === 0) shrink(budget, claim, claim.bytes);
}

/** Nobody has been heard of who holds it. */
export function lose(budget: MemoryBudget, claim: Claim): void {
  if (claim.isLost) return;
  claim.isLost = true;
  budget.usedBytes -= claim.bytes;
}

/** Somebody was heard of after all. What was given away meanwhile is given away: for a while there may be too much. */
export function restore(budget: MemoryBudget, claim: Claim): void {
  if (!claim.isLost) return;
  claim.isLost = false;
  budget.usedBytes += claim.bytes;
}

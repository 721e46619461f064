/**
 * A body, or a part of one, that an isolate holds in memory: its claim on the budget, entered in the ledger of what is in flight. The
 * code of a request whose downstream left runs no more and frees nothing, so the ledger asks every holder, every two seconds,
 * whether it is still there, and frees what nobody answers for (deadline.ts). The same look keeps slow bodies to their pace.
 */
import {
  type Claim,
  createBudget,
  createClaim,
  grow,
  lose,
  type MemoryBudget,
  type MemoryUse,
  release,
  restore,
  roomFor,
  share,
  shrink,
} from "../core/limit/memory.ts";
import { arm, type Deadlines, disarm, type InFlight, type Wake } from "./deadline.ts";

/** A quarter of an isolate's 128 MiB: the rest is for code, streams on their way, what is known, and garbage. */
export const BODY_MEMORY_BYTES = 32 * 1_048_576;
/** What callers hear who find it full: seconds are enough, since bodies are held until their answer begins. */
export const RETRY_AFTER_MS = 1_000;

/** Where bodies of an isolate are held. */
export interface BodyMemory {
  readonly budget: MemoryBudget;
  readonly deadlines: Deadlines;
  /** Frees up to so many bytes of what can be done without altogether. */
  readonly makeRoom: (bytes: number) => void;
}

export function createBodyMemory(
  deadlines: Deadlines,
  makeRoom: BodyMemory["makeRoom"],
  mostBytes = BODY_MEMORY_BYTES,
): BodyMemory {
  return { budget: createBudget(mostBytes), deadlines, makeRoom };
}

export interface HeldBody extends InFlight {
  readonly claim: Claim;
  readonly memory: BodyMemory;
  /** Told when it is due; says when to look again, epoch. */
  onDue: ((nowMs: number) => number) | null;
}

export function isHeldBody(entry: InFlight): entry is HeldBody {
  return "claim" in entry;
}

/** Holds nothing yet, for one holder. To be let go of, whatever happens. */
export function holdBody(memory: BodyMemory, ctx: ExecutionContext, nowMs: number): HeldBody {
  const held: HeldBody = {
    dueMs: Number.POSITIVE_INFINITY,
    wake: null,
    armedAtMs: nowMs,
    wokenAtMs: 0,
    isEnded: false,
    onGone,
    claim: createClaim(),
    memory,
    onDue: null,
  };
  arm(memory.deadlines, held, nowMs, ctx);
  answerFor(held, ctx);
  return held;
}

/** Takes so many bytes more. What is required has kept answers give way to it. */
export function takeMemory({ memory, claim }: HeldBody, bytes: number, use: MemoryUse): boolean {
  const { budget } = memory;
  if (use === "required" && bytes > roomFor(budget, use)) memory.makeRoom(bytes - roomFor(budget, use));
  return grow(budget, claim, bytes, use);
}

/** Gives so many bytes back. */
export function shrinkHeld({ memory, claim }: HeldBody, bytes: number): void {
  shrink(memory.budget, claim, bytes);
}

/** One holder more; false when it was let go of, or when memory is short: who can do without shall. */
export function shareBody({ memory, claim }: HeldBody): boolean {
  return roomFor(memory.budget, "optional") >= 0 && share(claim);
}

/** One holder less; the last one frees it. */
export function letGo(held: HeldBody): void {
  const { memory, claim } = held;
  release(memory.budget, claim);
  if (claim.holders === 0) disarm(memory.deadlines, held);
}

/** Runs in the holder's own context, for as long as that runs at all. */
async function answerFor(held: HeldBody, ctx: ExecutionContext): Promise<void> {
  const { memory, claim } = held;
  for (;;) {
    await new Promise<Wake>((resolve) => {
      held.wake = resolve;
    });
    if (claim.holders === 0) return;
    // It was not gone but slow to answer.
    held.isEnded = false;
    restore(memory.budget, claim);
    const nowMs = Date.now();
    if (nowMs >= held.dueMs) held.dueMs = held.onDue?.(nowMs) ?? Number.POSITIVE_INFINITY;
    if (claim.holders > 0) arm(memory.deadlines, held, nowMs, ctx);
  }
}

function onGone(entry: InFlight): void {
  const { memory, claim } = entry as HeldBody;
  lose(memory.budget, claim);
}

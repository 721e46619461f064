/** Empties the queues of targets, one after the other for each, and remembers how it goes. */
import { retryInMs } from "../../src/telemetry/events/retry.ts";
import type { Target } from "../../src/telemetry/events/target.ts";
import { inParallel } from "../mesh-config/in-parallel.ts";
import { type HealingWord, healed } from "./healing.ts";
import type { Delivery, NoticeStore, TargetState } from "./notice-store.ts";
import { type Outbound, type Outcome, send } from "./send.ts";

const AT_ONCE = 4;
const MINUTE_MS = 60_000;
/** A target that failed so often in a row is dead, until it takes something again. */
const DEAD_AFTER = 5;
/** What could not be delivered in so long is given up. A hook's call comes too late sooner. */
const MAX_AGE_MS = 6 * 3_600_000;
const HOOK_MAX_AGE_MS = 120_000;

export interface DelivererParts {
  readonly storage: DurableObjectStorage;
  readonly store: NoticeStore;
  readonly outbound: Outbound;
  /** A target has died, or lives again. */
  readonly onTarget: (target: Target, dead: { readonly error: string } | null) => void;
  readonly onHealing: (word: HealingWord) => void;
}

export class Deliverer {
  readonly #parts: DelivererParts;
  readonly #busy = new Set<string>();

  constructor(parts: DelivererParts) {
    this.#parts = parts;
  }

  /** When something waits to be delivered; Infinity: nothing does. */
  dueMs(targets: readonly Target[]): number {
    const waiting = this.#parts.store.waiting();
    const idle = targets.filter(({ id }) => waiting.has(id) && !this.#busy.has(id));
    return Math.min(Number.POSITIVE_INFINITY, ...idle.map((target) => this.#freeMs(target)));
  }

  /** Delivers what is due. Never rejects. */
  async deliver(targets: readonly Target[]): Promise<void> {
    const waiting = this.#parts.store.waiting();
    const due = targets.filter(({ id }) => waiting.has(id));
    await inParallel(due, AT_ONCE, (target) => this.#deliverAll(target));
  }

  async #deliverAll(target: Target): Promise<void> {
    // Another delivery may have come to it first.
    if (this.#busy.has(target.id)) return;
    this.#busy.add(target.id);
    try {
      while (this.#freeMs(target) <= Date.now()) {
        const next = this.#parts.store.queue(target.id)[0];
        if (next === undefined || !(await this.#deliverOne(target, next))) return;
      }
    } finally {
      this.#busy.delete(target.id);
    }
  }

  /** When the target may be sent something. */
  #freeMs(target: Target): number {
    const { notBeforeMs, sentMs } = this.#parts.store.target(target.id);
    if (target.kind === "heal") return notBeforeMs;
    const { maxPerMinute } = target.settings;
    const first = sentMs.length < maxPerMinute ? 0 : sentMs[sentMs.length - maxPerMinute]! + MINUTE_MS;
    return Math.max(notBeforeMs, first);
  }

  /** False: the target takes nothing now. Never rejects. */
  async #deliverOne(target: Target, delivery: Delivery): Promise<boolean> {
    const { store, outbound } = this.#parts;
    const nowMs = Date.now();
    const { notice, key, createdMs, id } = delivery;
    const envelope = {
      notice,
      nowMs,
      deliveryId: `${target.id}/${createdMs}-${id}`,
      dedupeKey: `heddle/${key}`,
      heldBack: store.target(target.id).heldBack,
    };
    const outcome = await send(target, envelope, outbound);
    return this.#onOutcome(target, delivery, outcome, Date.now());
  }

  #onOutcome(target: Target, delivery: Delivery, outcome: Outcome, nowMs: number): boolean {
    const { storage, store } = this.#parts;
    const before = store.target(target.id);
    const isDone = outcome.verdict === "delivered";
    const isOver = outcome.verdict === "refused" || nowMs - delivery.createdMs > maxAgeMs(target);
    const state = isDone ? onDelivered(target, before, nowMs) : onFailed(before, outcome, nowMs);
    const hasDied = !before.isDead && (state.failures >= DEAD_AFTER || outcome.verdict === "refused");
    storage.transactionSync(() => {
      store.setTarget(target.id, { ...state, isDead: !isDone && (before.isDead || hasDied) });
      if (isDone) store.remove(delivery.id);
      else if (isOver) store.drop(target.id, delivery.id);
    });
    if (target.kind === "heal") {
      if (isDone || isOver) this.#parts.onHealing(healed(target, delivery.notice.event, isDone, outcome.detail));
    } else if (isDone && before.isDead) this.#parts.onTarget(target, null);
    else if (hasDied) this.#parts.onTarget(target, { error: outcome.detail });
    return isDone || outcome.verdict === "refused";
  }
}

function maxAgeMs({ kind }: Target): number {
  return kind === "heal" ? HOOK_MAX_AGE_MS : MAX_AGE_MS;
}

function onDelivered(target: Target, state: TargetState, nowMs: number): TargetState {
  const sentMs =
    target.kind === "heal" ? state.sentMs : [...state.sentMs.filter((ms) => ms > nowMs - MINUTE_MS), nowMs];
  return { ...state, failures: 0, notBeforeMs: 0, lastError: "", lastOkMs: nowMs, sentMs, heldBack: 0 };
}

function onFailed(state: TargetState, { detail, retryAfterMs, verdict }: Outcome, nowMs: number): TargetState {
  const failures = state.failures + 1;
  // The next one is another one: what a receiver refuses says nothing of when it will take something.
  const waitMs = verdict === "refused" ? 0 : retryInMs(failures, retryAfterMs, Math.random);
  return { ...state, failures, lastError: detail, notBeforeMs: nowMs + waitMs };
}

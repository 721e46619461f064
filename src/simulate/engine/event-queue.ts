/**
 * The clock of a simulation and what is still to happen, in columns: a four-ary heap ordered by time, and by the order of
 * scheduling where times are equal, so that a run is the same bit for bit. Four children a node make the heap half as
 * deep as two, and the comparisons stay within a cache line. Nothing is cancelled: whoever no longer wants an event sees by
 * its `tag` that it is an old one.
 *
 * Source: LaMarca and Ladner, "The Influence of Caches on the Performance of Heaps", ACM JEA 1, 1996.
 */

/** What happens; `tag` is what it was scheduled with. One function for all events of a kind: nothing is allocated. */
export type Handler<T> = (subject: T, tag: number) => void;

/** Mutable; owned by one simulation. Columns of one index belong together: `heap…` by place, the rest by slot. */
export interface EventQueue {
  /** The virtual time, ms. Only `runUntil` moves it. */
  nowMs: number;
  /** Events waiting. */
  size: number;
  /** Events that ever happened. */
  happened: number;
  scheduled: number;
  heapAtMs: Float64Array;
  heapOrder: Float64Array;
  heapSlot: Int32Array;
  tags: Int32Array;
  readonly handlers: Handler<unknown>[];
  readonly subjects: unknown[];
  freeSlots: Int32Array;
  free: number;
}

const FIRST_CAPACITY = 1_024;

/** An empty queue whose clock stands at `nowMs`. */
export function createEventQueue(nowMs: number): EventQueue {
  const queue: EventQueue = {
    nowMs,
    size: 0,
    happened: 0,
    scheduled: 0,
    heapAtMs: new Float64Array(0),
    heapOrder: new Float64Array(0),
    heapSlot: new Int32Array(0),
    tags: new Int32Array(0),
    handlers: [],
    subjects: [],
    freeSlots: new Int32Array(0),
    free: 0,
  };
  grow(queue, FIRST_CAPACITY);
  return queue;
}

/**
 * Lets `handler` be called with `subject` and `tag` at `atMs`, or now if that is past. Logarithmic; allocates only when
 * more events wait than ever before.
 */
export function schedule<T>(queue: EventQueue, atMs: number, handler: Handler<T>, subject: T, tag = 0): void {
  if (queue.free === 0) grow(queue, 2 * queue.tags.length);
  queue.free -= 1;
  const slot = queue.freeSlots[queue.free]!;
  queue.handlers[slot] = handler as Handler<unknown>;
  queue.subjects[slot] = subject;
  queue.tags[slot] = tag;
  queue.scheduled += 1;
  rise(queue, Math.max(atMs, queue.nowMs), queue.scheduled, slot);
}

/** Lets everything happen up to and including `untilMs`; the clock stands there afterwards. */
export function runUntil(queue: EventQueue, untilMs: number): void {
  while (queue.size > 0 && queue.heapAtMs[0]! <= untilMs) {
    const slot = queue.heapSlot[0]!;
    queue.nowMs = queue.heapAtMs[0]!;
    queue.happened += 1;
    sink(queue);
    const handler = queue.handlers[slot]!;
    const subject = queue.subjects[slot];
    queue.subjects[slot] = null;
    queue.freeSlots[queue.free] = slot;
    queue.free += 1;
    handler(subject, queue.tags[slot]!);
  }
  queue.nowMs = Math.max(queue.nowMs, untilMs);
}

function rise(queue: EventQueue, atMs: number, order: number, slot: number): void {
  const { heapAtMs, heapOrder, heapSlot } = queue;
  let place = queue.size;
  queue.size += 1;
  while (place > 0) {
    const parent = (place - 1) >> 2;
    // An event scheduled later never goes before one of the same time.
    if (heapAtMs[parent]! <= atMs) break;
    heapAtMs[place] = heapAtMs[parent]!;
    heapOrder[place] = heapOrder[parent]!;
    heapSlot[place] = heapSlot[parent]!;
    place = parent;
  }
  heapAtMs[place] = atMs;
  heapOrder[place] = order;
  heapSlot[place] = slot;
}

/** Takes the first one out: the last one sinks from the top. */
function sink(queue: EventQueue): void {
  const { heapAtMs, heapOrder, heapSlot } = queue;
  queue.size -= 1;
  const size = queue.size;
  const atMs = heapAtMs[size]!;
  const order = heapOrder[size]!;
  const slot = heapSlot[size]!;
  let place = 0;
  for (;;) {
    const from = 4 * place + 1;
    if (from >= size) break;
    const to = Math.min(size, from + 4);
    let first = from;
    for (let child = from + 1; child < to; child++) {
      const ahead = heapAtMs[child]! - heapAtMs[first]!;
      if (ahead < 0 || (ahead === 0 && heapOrder[child]! < heapOrder[first]!)) first = child;
    }
    const ahead = heapAtMs[first]! - atMs;
    if (ahead > 0 || (ahead === 0 && heapOrder[first]! > order)) break;
    heapAtMs[place] = heapAtMs[first]!;
    heapOrder[place] = heapOrder[first]!;
    heapSlot[place] = heapSlot[first]!;
    place = first;
  }
  heapAtMs[place] = atMs;
  heapOrder[place] = order;
  heapSlot[place] = slot;
}

function grow(queue: EventQueue, capacity: number): void {
  const before = queue.tags.length;
  const widen = <A extends Float64Array | Int32Array>(column: A, wider: A): A => {
    wider.set(column);
    return wider;
  };
  queue.heapAtMs = widen(queue.heapAtMs, new Float64Array(capacity));
  queue.heapOrder = widen(queue.heapOrder, new Float64Array(capacity));
  queue.heapSlot = widen(queue.heapSlot, new Int32Array(capacity));
  queue.tags = widen(queue.tags, new Int32Array(capacity));
  queue.freeSlots = widen(queue.freeSlots, new Int32Array(capacity));
  for (let slot = capacity - 1; slot >= before; slot--) {
    queue.freeSlots[queue.free] = slot;
    queue.free += 1;
  }
}

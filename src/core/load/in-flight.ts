/**
 * Requests in flight over all reporters. Unlike everything else in a report this is a level and not a delta: the newest
 * word of each reporter replaces its last one, an overtaken one changes nothing, and a reporter that falls silent
 * stops counting, or its last requests would stay in flight for ever.
 */

/** Mutable; owned by one object. */
export interface InFlight {
  readonly expiryMs: number;
  readonly byReporter: Map<string, { seq: number; heardMs: number; ids: readonly string[]; counts: readonly number[] }>;
  readonly total: Map<string, number>;
}

/** Nothing in flight. `expiryMs` > 0: a reporter silent for longer counts nothing. */
export function createInFlight(expiryMs: number): InFlight {
  return { expiryMs, byReporter: new Map(), total: new Map() };
}

/**
 * Takes a reporter's word. `counts` runs parallel to `ids` and holds numbers ≥ 0; endpoints not listed have none. A
 * `seq` below the newest heard is ignored. Linear in the endpoints of this word and the last. Never throws.
 */
export function setInFlight(
  state: InFlight,
  word: { reporter: string; seq: number; ids: readonly string[]; counts: readonly number[] },
  nowMs: number,
): void {
  const last = state.byReporter.get(word.reporter);
  if (last !== undefined) {
    if (word.seq < last.seq) return;
    add(state, last.ids, last.counts, -1);
    state.byReporter.delete(word.reporter);
  }
  add(state, word.ids, word.counts, 1);
  state.byReporter.set(word.reporter, { seq: word.seq, heardMs: nowMs, ids: word.ids, counts: word.counts });
}

function add(state: InFlight, ids: readonly string[], counts: readonly number[], sign: 1 | -1): void {
  for (const [i, id] of ids.entries()) {
    const total = (state.total.get(id) ?? 0) + sign * (counts[i] ?? 0);
    if (total === 0) state.total.delete(id);
    else state.total.set(id, total);
  }
}

/** Stops counting reporters silent for longer than the expiry. Linear in those. Never throws. */
export function expireInFlight(state: InFlight, nowMs: number): void {
  for (const [reporter, word] of state.byReporter) {
    if (nowMs - word.heardMs <= state.expiryMs) return;
    add(state, word.ids, word.counts, -1);
    state.byReporter.delete(reporter);
  }
}

/** Stops counting a reporter that is known to be gone. Linear in the endpoints of its last word. Never throws. */
export function dropInFlight(state: InFlight, reporter: string): void {
  const last = state.byReporter.get(reporter);
  if (last === undefined) return;
  add(state, last.ids, last.counts, -1);
  state.byReporter.delete(reporter);
}

/** Requests in flight at an endpoint; 0 for one never heard of. A read, changes nothing. */
export function inFlightOf(state: InFlight, id: string): number {
  return state.total.get(id) ?? 0;
}

/** Encoded spans that wait to be exported: bounded in number and in characters. What does not fit is dropped and counted. */

/** Of all spans that wait; a span has one to three thousand. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** Of one export, unless a single span is longer. */
const MAX_EXPORT_CHARACTERS = 1024 * 1024;

export interface SpanQueue {
  spans: string[];
  characters: number;
  dropped: number;
  capacity: number;
}

/** `capacity`: spans, ≥ 1. */
export function createQueue(capacity: number): SpanQueue {
  return { spans: [], characters: 0, dropped: 0, capacity };
}

/** Takes all spans of a trace or none: half a trace misleads. Returns whether it took them. */
export function offer(queue: SpanQueue, spans: readonly string[]): boolean {
  const characters = spans.reduce((sum, span) => sum + span.length, 0);
  if (queue.spans.length + spans.length > queue.capacity || queue.characters + characters > MAX_CHARACTERS) {
    queue.dropped += spans.length;
    return false;
  }
  queue.spans.push(...spans);
  queue.characters += characters;
  return true;
}

/** Takes the oldest spans out, at most `limit`. Empty when none waits. */
export function takeBatch(queue: SpanQueue, limit: number): readonly string[] {
  let count = 0;
  let characters = 0;
  for (const span of queue.spans) {
    if (count === limit || (count > 0 && characters + span.length > MAX_EXPORT_CHARACTERS)) break;
    characters += span.length;
    count += 1;
  }
  queue.characters -= characters;
  return queue.spans.splice(0, count);
}

/** A rollout's word to a monitor: kept for isolates, regions and shards, and answered with what was counted. */
import type { Monitor } from "../../src/core/monitor/monitor.ts";
import { tallyOf } from "../../src/core/monitor/traffic.ts";
import { checkWord, takeWord } from "../../src/core/rollout/word.ts";
import { type Kept, saveWords } from "./persist.ts";
import type { CarryReply } from "./replies.ts";

/** Takes in the word, durably when it is news, and says what the monitor knows. Never throws. */
export function carryRollout(monitor: Monitor, value: unknown, kept: Kept, storage: DurableObjectStorage): CarryReply {
  const word = checkWord(value);
  if (word === null)
    return { ok: false, error: "invalid_word", detail: "not a name, two services, a percent and a revision" };
  if (monitor.shard !== null) {
    return { ok: false, error: "not_configured", detail: "a shard is told by its regional object" };
  }
  takeWord(monitor.rollouts, word);
  saveWords(monitor, kept, storage);
  const { meshVersion, link, regions, traffic } = monitor;
  return {
    ok: true,
    meshVersion,
    regions: [...regions],
    totals: link === null ? null : { life: link.reporter, ...tallyOf(traffic) },
  };
}

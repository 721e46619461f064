/** A round over the monitors of both services: each is told the weight in force, and says what it has counted. */

import { monitorName } from "../../src/core/monitor/monitor-name.ts";
import { isRegion, REGIONS } from "../../src/core/region.ts";
import type { Look } from "../../src/core/rollout/evidence.ts";
import type { Side } from "../../src/core/rollout/side.ts";
import { checkTotals, type Totals } from "../../src/core/rollout/totals.ts";
import type { RolloutWord } from "../../src/core/rollout/word.ts";
import type { CarryReply } from "../service-monitor/replies.ts";
import { within } from "../service-monitor/within.ts";

/** A monitor has so long to answer; it is asked again with the next round. */
const ANSWER_MS = 3_000;

export interface Monitors {
  getByName(name: string): { carryRollout(word: RolloutWord): Promise<CarryReply> };
}

export interface Survey {
  readonly looks: readonly Look[];
  /** Monitors that took the word, and those that did not. */
  readonly heard: readonly string[];
  readonly unheard: readonly string[];
  /** A mesh that one of them runs and that is not `meshVersion`; "" when there is none. */
  readonly otherMesh: string;
}

/**
 * Asks the roots of both services for their regions, then those. Never rejects; takes 6 s at most.
 *
 * - `known`: names of monitors that were heard before, for roots that have forgotten them.
 */
export async function survey(
  monitors: Monitors,
  word: RolloutWord,
  known: readonly string[],
  meshVersion: string,
): Promise<Survey> {
  const results = await Promise.all([
    surveySide(monitors, "stable", word, known),
    surveySide(monitors, "canary", word, known),
  ]);
  const answers = results.flatMap(({ answers: given }) => given);
  return {
    looks: results.map(({ look }) => look),
    heard: answers.filter(({ reply }) => reply !== null).map(({ name }) => name),
    unheard: answers.filter(({ reply }) => reply === null).map(({ name }) => name),
    otherMesh: answers.map(({ reply }) => reply?.meshVersion ?? meshVersion).find((one) => one !== meshVersion) ?? "",
  };
}

type Good = Extract<CarryReply, { ok: true }>;
interface Answer {
  readonly name: string;
  /** Null: none in time, or a refusal. */
  readonly reply: Good | null;
}

async function surveySide(
  monitors: Monitors,
  side: Side,
  word: RolloutWord,
  known: readonly string[],
): Promise<{ readonly look: Look; readonly answers: readonly Answer[] }> {
  const service = word[side];
  const root = await ask(monitors, monitorName(service, "root"), word);
  const listed = root.reply?.regions.filter(isRegion).map((region) => monitorName(service, region)) ?? null;
  const before = REGIONS.map((region) => monitorName(service, region)).filter((name) => known.includes(name));
  const names = [...new Set([...(listed ?? []), ...before])];
  const answers = await Promise.all(names.map((name) => ask(monitors, name, word)));
  const totals = new Map<string, Totals>();
  for (const { name, reply } of answers) {
    const counted = checkTotals(reply?.totals);
    if (counted !== null) totals.set(name, counted);
  }
  return { look: { side, monitors: listed, totals }, answers: [root, ...answers] };
}

async function ask(monitors: Monitors, name: string, word: RolloutWord): Promise<Answer> {
  try {
    const reply = await within(monitors.getByName(name).carryRollout(word), ANSWER_MS);
    return { name, reply: reply.ok ? reply : null };
  } catch {
    return { name, reply: null };
  }
}

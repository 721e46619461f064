/**
 * How soon a fleet of isolates runs a new version of the mesh, with the product's own modules on a virtual clock.
 * fleet/README.md says what is assumed.
 *
 *     node test/simulation/reach.ts [--seed 1] [--isolates 2000]
 */
import { parseArgs } from "node:util";
import { table } from "../../src/cli/table.ts";
import { runReach } from "./fleet/reach.ts";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, isolates: { type: "string", default: "2000" } },
});
/** Requests a second of one isolate: the last two have one in a sync interval of 5 s, and half of that. */
const RATES = [10, 1, 0.5, 0.2, 0.1];
/** All monitors are told after so long: of a few services, of a thousand monitors, and of 5,000 all over the world. */
const TOLD_AFTER_MS = [300, 1_000, 3_000];

const seconds = (ms: number) => (Number.isFinite(ms) ? `${(ms / 1_000).toFixed(1)} s` : "never");
const percent = (ratio: number) => `${(ratio * 100).toFixed(1)} %`;
const rows = [
  [
    "requests/s",
    "told after",
    "active",
    "50 %",
    "90 %",
    "99 %",
    "after 2 s",
    "after 5 s",
    "late requests",
    "far loads",
    "calls/s",
  ],
];
for (const toldAfterMs of TOLD_AFTER_MS) {
  for (const rps of RATES) {
    const isolates = Number(values.isolates);
    const result = await runReach({ isolates, colos: 100, rps, toldAfterMs, seed: Number(values.seed) });
    rows.push([
      ...[String(rps), seconds(toldAfterMs), percent(result.activeRatio)],
      ...[0.5, 0.9, 0.99].map((ratio) => seconds(result.after(ratio))),
      ...[percent(result.onNewAt(2_000)), percent(result.onNewAt(5_000))],
      ...[`${(result.lateRatio * 100).toFixed(2)} %`],
      ...[percent(result.farLoads / result.loads), result.callsPerIsolate.toFixed(3)],
    ]);
  }
}
for (const line of table(
  rows,
  rows[0]!.map(() => true),
))
  console.log(line);

/**
 * How fast game days are played, on one core: days of this repository's heddle.yaml with an origin that goes down, at several
 * numbers of isolates (each reports about once a second, so many isolates mean many reports per request).
 *
 *     node test/simulation/speed.ts [runs]
 *
 * CPU time and the best of several runs, since other work on the machine must not count; the first run warms the compiler up.
 */
import { readFileSync } from "node:fs";
import { compileMesh } from "../../src/config/compile.ts";
import { parseConfig } from "../../src/config/decode.ts";
import { runGameDay } from "../../src/simulate/game-day.ts";
import type { Scenario } from "../../src/simulate/scenario.ts";

const runs = Number(process.argv[2] ?? 5);
const decoded = parseConfig(readFileSync(new URL("../../heddle.yaml", import.meta.url), "utf8"));
if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
const mesh = await compileMesh(decoded.config, { nowMs: 1 });
const scenario: Scenario = {
  name: "down",
  faults: [{ fault: { type: "down", target: { type: "endpoint", id: "aws" } }, atMs: 20_000, forMs: 40_000 }],
};

console.log("requests/s  isolates  calls/request  requests  simulated requests per CPU second  per wall second");
for (const [rps, isolates] of [
  [2_000, 100],
  [2_000, 200],
  [2_000, 800],
  [500, 200],
] as const) {
  let perCpu = 0;
  let perWall = 0;
  let calls = 0;
  let requests = 0;
  for (let run = 0; run <= runs; run++) {
    const before = process.cpuUsage();
    const result = runGameDay({ mesh, scenario, rps, isolates, durationMs: rps === 500 ? 200_000 : 100_000 });
    const { user, system } = process.cpuUsage(before);
    requests = result.windows.whole.requests;
    calls = result.syncs / requests;
    if (run === 0) continue;
    perCpu = Math.max(perCpu, requests / ((user + system) / 1e6));
    perWall = Math.max(perWall, result.requestsPerWallSecond);
  }
  const cells = [rps, isolates, calls.toFixed(2), requests, Math.round(perCpu), Math.round(perWall)];
  console.log(cells.map((cell, i) => String(cell).padStart([10, 8, 13, 8, 34, 15][i]!)).join("  "));
}

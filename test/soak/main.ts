/**
 * Runs the mesh on workerd under random faults and says whether it held. README.md says what counts as lost.
 *
 *     npm run soak -- [--seconds 300] [--seed 1] [--rps 150] [--json]
 *
 * Exit codes: 0 it held, as far as the machine let it be judged; 1 it did not; 2 it could not be run as asked.
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../../src/cli/arguments.ts";
import { CommandFailure } from "../../src/cli/failure.ts";
import { CALM_MS, SETTLE_MS } from "./schedule.ts";
import { runSoak } from "./soak.ts";
import { render } from "./verdict.ts";

/** Of a run that a busy machine left undecided. */
const MAX_REPEATS = 2;
/** Faults need some time besides the calm at both ends. */
const MIN_SECONDS = Math.ceil((CALM_MS + SETTLE_MS) / 1_000) + 10;

async function main(words: readonly string[]): Promise<number> {
  const text = (otherwise: string) => ({ type: "string", default: otherwise }) as const;
  const { values } = parseArgs({
    args: [...words],
    options: { seconds: text("300"), seed: text("1"), rps: text("150"), json: { type: "boolean", default: false } },
  });
  const options = {
    seconds: wholeNumber("seconds", values.seconds, MIN_SECONDS, 86_400),
    seed: wholeNumber("seed", values.seed, 0, 2 ** 31),
    rps: wholeNumber("rps", values.rps, 10, 5_000),
  };
  const isJson = values.json;
  const onProgress = (line: string) => (isJson ? console.error(line) : console.log(line));
  let result = await runSoak({ ...options, onProgress });
  // The same again, with half of the load each time, where the machine was too busy to say whether it held.
  for (let again = 1; again <= MAX_REPEATS && result.unjudged.length > 0 && result.faults.length === 0; again++) {
    onProgress(`not judged, since the machine stalled ${result.stalls} times: again with half of the load`);
    result = await runSoak({ ...options, rps: Math.max(10, Math.round(options.rps / 2 ** again)), onProgress });
  }
  console.log(isJson ? JSON.stringify(result, null, 2) : render(result));
  return result.faults.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof CommandFailure || error instanceof TypeError ? `soak: ${error.message}` : error);
  process.exitCode = 2;
}

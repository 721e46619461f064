/**
 * Runs the mesh on workerd under random faults and says whether it held. README.md says what counts as lost.
 *
 *     npm run soak -- [--seconds 300] [--seed 1] [--rps 150] [--json]
 *
 * Exit codes: 0 it held, 1 it did not, 2 it could not be run as asked.
 */
import { parseArgs } from "node:util";
import { wholeNumber } from "../../src/cli/arguments.ts";
import { CommandFailure } from "../../src/cli/failure.ts";
import { CALM_MS, SETTLE_MS } from "./schedule.ts";
import { runSoak } from "./soak.ts";
import { render } from "./verdict.ts";

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
  const result = await runSoak({
    ...options,
    onProgress: (line) => (isJson ? console.error(line) : console.log(line)),
  });
  console.log(isJson ? JSON.stringify(result, null, 2) : render(result));
  return result.faults.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof CommandFailure || error instanceof TypeError ? `soak: ${error.message}` : error);
  process.exitCode = 2;
}

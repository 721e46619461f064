/** Plays runs of the comparison, one after the other, in a thread of its own. */
import { parentPort } from "node:worker_threads";
import { compileFleet } from "./fleet.ts";
import { playRun, type Run } from "./run.ts";

const mesh = await compileFleet();
parentPort?.on("message", (run: Run) => parentPort?.postMessage(playRun(run, mesh)));

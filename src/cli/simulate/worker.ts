/** Plays game days, one after the other, in a thread of its own. */
import { parentPort } from "node:worker_threads";
import { contenderNamed } from "../../simulate/contenders.ts";
import { runGameDay } from "../../simulate/game-day.ts";
import { requestsOf } from "./access-log.ts";
import type { Job, JobMessage } from "./job.ts";

parentPort?.on("message", (job: Job) => {
  const { mesh, input, contender, accessLog } = job;
  const model = contender === null ? undefined : contenderNamed(contender);
  const result = runGameDay(
    {
      ...input,
      mesh,
      ...(model !== undefined && { contender: model }),
      ...(accessLog !== null && { log: requestsOf(accessLog) }),
    },
    (share) => post({ type: "progress", share }),
  );
  post({ type: "done", result });
});

function post(message: JobMessage): void {
  parentPort?.postMessage(message);
}

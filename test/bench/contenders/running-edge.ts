import { type EdgeOptions, startEdge } from "../../../src/cli/workerd/start-edge.ts";
import type { Running } from "./contender.ts";

/** A Worker on workerd, as a contender runs. Throws as startEdge does. */
export async function runningEdge(options: EdgeOptions): Promise<Running> {
  const edge = await startEdge(options);
  const exited = edge.exited.then(({ code, signal, lastLines }) =>
    [`workerd ended with ${signal ?? code}`, ...lastLines].join("\n"),
  );
  return { url: edge.url, pid: edge.pid, exited, stop: () => edge.stop() };
}

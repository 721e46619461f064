/** On what a result was measured, and how to measure it again. */
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { versionOf } from "../contenders/program.ts";
import { CONTENDERS } from "../contenders/registry.ts";
import { packageVersion } from "../contenders/workers.ts";

export interface Environment {
  readonly date: string;
  readonly command: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly kernel: string;
  };
  /** By name; what is not installed is left out. */
  readonly versions: Readonly<Record<string, string>>;
}

/** - `args`: what was given after `npm run bench --`. */
export function environment(args: readonly string[]): Environment {
  const versions: Record<string, string> = {
    node: process.versions.node,
    workerd: packageVersion("workerd") ?? "unknown",
  };
  const wrk = versionOf("wrk", ["-v"]);
  if (wrk !== null) versions.wrk = wrk;
  for (const { name, version } of CONTENDERS) {
    const found = version();
    if (found !== null && found !== "here") versions[name] = found;
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    command: ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" "),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      memoryGb: Math.round(totalmem() / 2 ** 30),
      kernel: release(),
    },
    versions,
  };
}

/** The lines that head a result. */
export function environmentMarkdown({ date, command, machine, versions }: Environment): string {
  const names = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `Measured ${date} on ${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Linux ${machine.kernel}, by`,
    `\`${command}\`: ${names.join(", ")}.`,
    "",
  ].join("\n");
}

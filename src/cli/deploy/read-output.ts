/** What Wrangler says of a deployment, read from its text: it has no other form. */

export interface BuiltWorker {
  /** Of the code, in KiB; null when Wrangler said none. */
  readonly uploadKiB: number | null;
  readonly gzipKiB: number | null;
  readonly bindings: readonly WorkerBinding[];
}

export interface WorkerBinding {
  readonly name: string;
  /** What stands behind it, e.g. `ServiceMonitor, defined in shop-edge`; "" when nothing more is said. */
  readonly target: string;
  readonly resource: string;
}

/** Reads the output of `wrangler deploy`, dry or not. Never throws; what is not found is missing. */
export function readBuilt(output: string): BuiltWorker {
  const [, upload, gzip] = /Total Upload: ([\d.]+) KiB \/ gzip: ([\d.]+) KiB/.exec(output) ?? [];
  const bindings = [...output.matchAll(/^env\.(\w+)(?: \((.*?)\))? {2,}(\S.*?)\s*$/gm)].map(
    ([, name, target = "", resource]) => ({ name: name!, target, resource: resource! }),
  );
  return { uploadKiB: numberOf(upload), gzipKiB: numberOf(gzip), bindings };
}

export interface DeployedWorker {
  /** Where it answers, as Wrangler lists it. */
  readonly urls: readonly string[];
  readonly versionId: string | null;
}

/** Reads the output of a deployment that went well. Never throws. */
export function readDeployed(output: string): DeployedWorker {
  const triggers = /^Deployed .*? triggers.*$([\s\S]*?)(?=^\S)/m.exec(`${output}\nend`)?.[1] ?? "";
  return {
    urls: triggers
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => /^(https:\/\/)?[\w*.-]+\.\w+(\/\S*)?( \(.*\))?$/.test(line)),
    versionId: /Current Version ID: (\S+)/.exec(output)?.[1] ?? null,
  };
}

/** Wrangler's errors, without the rest of what it writes; all of it when nothing is marked as one. */
export function errorText(output: string): string {
  const text = output.replaceAll(/^.*Logs were written to.*$/gm, "").trim();
  const at = text.search(/^\s*(✘|X) \[ERROR\]/m);
  return (at < 0 ? text : text.slice(at).trim()).replaceAll(/\n{3,}/g, "\n\n");
}

function numberOf(text: string | undefined): number | null {
  return text === undefined ? null : Number(text);
}

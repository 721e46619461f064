/** One thing that is wrong with a config, told so that it can be found and put right. */
export interface Fault {
  /** Where: "services.shop.endpoints[1].url"; "" for the config as a whole. */
  readonly path: string;
  /** 1-based, where the config came as text. */
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
  /** What was probably meant: a key, a name or a value. */
  readonly suggestion?: string;
}

export type FaultPath = readonly (string | number)[];

/** Writes a path as one would in code: keys after dots, list indices and unusual keys in brackets. Never throws. */
export function formatPath(path: FaultPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!/^[\w$-]+$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/**
 * Text for people: one line a fault, "heddle.yaml:7:13 services.shop.retry.attempts: message; did you mean …?", in the
 * order given, without a newline at the end. No faults give "".
 *
 * - `file`: what to call the config; faults without a line are shown at the file.
 */
export function formatFaults(faults: readonly Fault[], file = "config"): string {
  return faults
    .map(({ path, line, column, message, suggestion }) => {
      const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
      const subject = path === "" ? "" : ` ${path}:`;
      return `${place}${subject} ${message}${suggestion === undefined ? "" : `; did you mean ${suggestion}?`}`;
    })
    .join("\n");
}

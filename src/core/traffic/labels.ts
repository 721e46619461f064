/**
 * What requests are told apart by. On the wire these are numbers, positions in the lists here: append only, never
 * reorder. Stored rows and metrics have the words.
 */

export const METHODS = ["other", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;
/** "other": a status outside 100..599. */
export const CODE_CLASSES = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;
/** Response flags as Envoy names them; "" for none. */
export const FLAGS = [
  "",
  "other",
  "NR",
  "UH",
  "UO",
  "UT",
  "UF",
  "URX",
  "UC",
  "DC",
  "RL",
  "UAEX",
  "LR",
  "FI",
  "FE",
  "DPE",
] as const;

const OTHER_FLAG = FLAGS.indexOf("other");
const FLAG_CODES: ReadonlyMap<string, number> = new Map(FLAGS.map((flag, code) => [flag, code]));

/** Position of a method in METHODS. Methods are case-sensitive. Constant time. */
export function methodCode(method: string): number {
  switch (method) {
    case "GET":
      return 1;
    case "HEAD":
      return 2;
    case "POST":
      return 3;
    case "PUT":
      return 4;
    case "PATCH":
      return 5;
    case "DELETE":
      return 6;
    case "OPTIONS":
      return 7;
    default:
      return 0;
  }
}

/** Position of a status' class in CODE_CLASSES. Constant time. */
export function codeClass(status: number): number {
  return status >= 100 && status < 600 ? Math.trunc(status / 100) : 0;
}

/** Position of a flag in FLAGS. Constant time. */
export function flagCode(flag: string): number {
  return flag === "" ? 0 : (FLAG_CODES.get(flag) ?? OTHER_FLAG);
}

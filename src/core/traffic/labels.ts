/**
 * What requests are told apart by. On the wire these are numbers, positions in the lists here: append only, never
 * reorder. Stored rows and metrics have the words.
 */

/** Position 7 stands for every other method. */
export const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"] as const;
/** Position 0 stands for a status outside 100..599. */
export const CODE_CLASSES = ["other", "1xx", "2xx", "3xx", "4xx", "5xx"] as const;
/** Response flags as Envoy names them; "" for none. Position 15 stands for every other flag. */
export const FLAGS = [
  "",
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
  "other",
] as const;

const OTHER_METHOD = METHODS.indexOf("other");
const OTHER_FLAG = FLAGS.indexOf("other");
const FLAG_CODES: ReadonlyMap<string, number> = new Map(FLAGS.map((flag, code) => [flag, code]));

/** Position of a method in METHODS. Methods are case-sensitive. Constant time. */
export function methodCode(method: string): number {
  switch (method) {
    case "GET":
      return 0;
    case "HEAD":
      return 1;
    case "POST":
      return 2;
    case "PUT":
      return 3;
    case "PATCH":
      return 4;
    case "DELETE":
      return 5;
    case "OPTIONS":
      return 6;
    default:
      return OTHER_METHOD;
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

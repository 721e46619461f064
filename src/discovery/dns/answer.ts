/**
 * What an answer says about a question. A name without records of the type, a name that is not there and a resolver that could
 * not tell are three things, and only the first two are about the name.
 */
import { type DnsMessage, type DnsRecord, type RecordData, type RecordType, TYPES } from "./message.ts";

export type Answer<T extends RecordType = RecordType> =
  /** At least one. `ttlS`: the least of all that led here, aliases included. */
  | { readonly says: "records"; readonly records: readonly Data<T>[]; readonly ttlS: number }
  /** The name is there, without records of the type. `ttlS`: how long that holds; null: not said. */
  | { readonly says: "none"; readonly ttlS: number | null }
  | { readonly says: "no_name"; readonly name: string; readonly ttlS: number | null }
  /** `retryAfterMs`: 0 when the resolver does not say. */
  | { readonly says: "failure"; readonly detail: string; readonly retryAfterMs: number };

export type Data<T extends RecordType> = Extract<RecordData, { type: T }>;

/** Aliases in a row; more are a loop or a mistake. Resolvers stop at 8 to 16. */
const MAX_ALIASES = 16;
const CODES: Readonly<Record<number, string>> = { 1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "REFUSED" };
const NXDOMAIN = 3;

/** Never throws. Linear in the records. */
export function readAnswer<T extends RecordType>(message: DnsMessage, asked: string, type: T): Answer<T> {
  const wanted = plainName(asked);
  const { code, isTruncated, question, answers, authorities } = message;
  if (question.name !== wanted || question.type !== TYPES[type]) return failure("an answer to another question");
  if (isTruncated) return failure("a truncated answer");
  if (code !== 0 && code !== NXDOMAIN) return failure(CODES[code] ?? `RCODE ${code}`);
  const followed = followAliases(answers, wanted);
  if (followed === null) return failure(`aliases of ${wanted} that lead nowhere`);
  const { name, ttlS } = followed;
  if (code === NXDOMAIN) return { says: "no_name", name, ttlS: denialTtl(authorities) };
  const found = answers.filter((record) => record.name === name && record.data.type === type);
  if (found.length === 0) return { says: "none", ttlS: denialTtl(authorities) };
  const leastS = Math.min(ttlS, ...found.map((record) => record.ttlS));
  return { says: "records", records: found.map(({ data }) => data as Data<T>), ttlS: leastS };
}

export function failure(detail: string, retryAfterMs = 0): Extract<Answer, { says: "failure" }> {
  return { says: "failure", detail, retryAfterMs };
}

/** Where the aliases in the answer lead, in whatever order they come. Null for more than MAX_ALIASES. */
function followAliases(answers: readonly DnsRecord[], start: string): { name: string; ttlS: number } | null {
  const aliases = new Map<string, { target: string; ttlS: number }>();
  for (const { name, ttlS, data } of answers) {
    if (data.type === "CNAME" && !aliases.has(name)) aliases.set(name, { target: data.target, ttlS });
  }
  let [name, ttlS] = [start, Number.POSITIVE_INFINITY];
  for (let i = 0; i <= MAX_ALIASES; i++) {
    const alias = aliases.get(name);
    if (alias === undefined) return { name, ttlS };
    ttlS = Math.min(ttlS, alias.ttlS);
    name = alias.target;
  }
  return null;
}

/** RFC 2308, 5: the lesser of the SOA's own TTL and its minimum. */
function denialTtl(authorities: readonly DnsRecord[]): number | null {
  for (const { ttlS, data } of authorities) if (data.type === "SOA") return Math.min(ttlS, data.minimumS);
  return null;
}

/** As names in messages are read. */
function plainName(name: string): string {
  return name.replace(/\.$/, "").toLowerCase();
}

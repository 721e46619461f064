/**
 * The tracestate header: what tracing systems along the way keep for themselves. The mesh keeps nothing there; it passes on
 * what is well formed, merged into one header, and drops the whole list when any of it is not.
 *
 * Source: W3C Trace Context Level 2, §2.3 (tracestate): grammar, at most 32 members, unique keys, and how a list is cut.
 */
import { trimOws } from "./traceparent.ts";

const MAX_MEMBERS = 32;
/** 32 members of 256 + 1 + 256 characters and their commas; more cannot be well formed but for spaces. */
const MAX_LENGTH = MAX_MEMBERS * 514;
/** Members longer than this are the first to go where a list has to be shorter. */
const LONG_MEMBER = 128;

const SIMPLE_KEY = "[a-z][a-z0-9_\\-*/]{0,255}";
const TENANT_KEY = "[a-z0-9][a-z0-9_\\-*/]{0,240}@[a-z][a-z0-9_\\-*/]{0,13}";
const VALUE = "[\\x20-\\x2b\\x2d-\\x3c\\x3e-\\x7e]{0,255}[\\x21-\\x2b\\x2d-\\x3c\\x3e-\\x7e]";
const MEMBER = new RegExp(`^(${SIMPLE_KEY}|${TENANT_KEY})=${VALUE}$`);

/**
 * The list for the next hop; "" when there is none, or when it is malformed: a bad member, a key twice, too many. Headers
 * that came several times are one, in their order; empty members and spaces around members are dropped.
 *
 * Never throws. Linear in the text.
 */
export function parseTracestate(text: string | null): string {
  if (text === null || text === "" || text.length > MAX_LENGTH) return "";
  const members: string[] = [];
  const keys = new Set<string>();
  for (const part of text.split(",")) {
    const member = trimOws(part);
    if (member === "") continue;
    const key = MEMBER.exec(member)?.[1];
    if (key === undefined || keys.has(key) || members.length === MAX_MEMBERS) return "";
    keys.add(key);
    members.push(member);
  }
  return members.join(",");
}

/**
 * A well-formed list of at most `maxLength` characters: members above 128 characters go first, then the last ones.
 *
 * Never throws. Quadratic in its members at worst, which are 32.
 */
export function cutTracestate(state: string, maxLength: number): string {
  if (state.length <= maxLength) return state;
  const members = state.split(",");
  const length = () => members.reduce((sum, member) => sum + member.length + 1, -1);
  for (let at = members.length - 1; at >= 0 && length() > maxLength; at -= 1) {
    if (members[at]!.length > LONG_MEMBER) members.splice(at, 1);
  }
  while (members.length > 0 && length() > maxLength) members.pop();
  return members.join(",");
}

import type { RateLimitKeyPart } from "../mesh-rate-limits.ts";

/** A part of a limit's key, for people: "ip", "ip /56", "header x-tenant", "claim realm.role". */
export function partInWords(part: RateLimitKeyPart): string {
  switch (part.type) {
    case "ip":
      return part.v6Prefix === 64 ? "ip" : `ip /${part.v6Prefix}`;
    case "header":
    case "cookie":
    case "query":
      return `${part.type} ${part.name}`;
    case "claim":
      return `claim ${part.claim.join(".")}`;
    default:
      return part.type;
  }
}

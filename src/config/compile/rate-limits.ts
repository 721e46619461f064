/** Rate limits in the form in which they are counted, and which of them hold for a rule. */
import type { RateLimit, RateLimitCost, RateLimitCounting, RateLimitKeyPart, RateLimitScope } from "../../core/mesh.ts";
import { durationMs } from "../duration.ts";
import type { RouteConfig, RuleConfig } from "../schema/mesh.ts";
import type { KeyPartConfig, RateLimitConfig, RateLimitRefConfig } from "../schema/rate-limits.ts";
import { fingerprint } from "./fingerprint.ts";

/** The limits of a mesh: those with a name first, then those that routes and rules have of their own. */
export class RateLimitTable {
  readonly #all: RateLimit[];
  /** By name, and by place for those that have none. */
  readonly #indexOf: Map<string, number>;
  /** How many limits have a name, where it was made. */
  readonly #made = new Map<string, number>();

  constructor(named: Readonly<Record<string, RateLimitConfig>>) {
    this.#all = Object.entries(named).map(([name, config]) => compileRateLimit(name, config));
    this.#indexOf = new Map(this.#all.map(({ name }, index) => [name, index]));
  }

  get all(): readonly RateLimit[] {
    return this.#all;
  }

  /**
   * Those that hold for a rule: its route's and its own, each once. Those that are asked where they are come before those that
   * others are asked for; else in the order of the config. Undefined: none.
   */
  of(
    route: RouteConfig,
    rule: RuleConfig,
    names: { readonly route: string; readonly rule: string },
  ): readonly number[] | undefined {
    const ofRoute = identityOf("route", route.name, [route.hostnames, route.listeners]);
    const ofRule = identityOf("rule", rule.name, rule.matches);
    const indices = [
      ...this.#refer(route.rateLimits ?? [], names.route, [ofRoute]),
      ...this.#refer(rule.rateLimits ?? [], `${names.route}#${names.rule}`, [ofRoute, ofRule]),
    ];
    if (indices.length === 0) return undefined;
    const rank = (index: number) => ORDER.indexOf(this.#all[index]!.scope.type);
    return [...new Set(indices)].sort((a, b) => rank(a) - rank(b));
  }

  /**
   * Those without a name get one that stays the same when others are added or moved, since counts go on by it: "route#rule#"
   * and a digest of how they count, and of what an unnamed route or rule is for. The next ones that are the same in all of
   * this have a number as well.
   */
  #refer(refs: readonly RateLimitRefConfig[], place: string, identity: readonly Identity[]): readonly number[] {
    return refs.map((ref, position) => {
      if (typeof ref === "string") return this.#indexOf.get(ref)!;
      // A route's own is met once for each of its rules.
      const key = `${place}#${position}`;
      const known = this.#indexOf.get(key);
      if (known !== undefined) return known;
      const index = this.#all.push(compileRateLimit(this.#nameFor(ref, identity), ref)) - 1;
      this.#indexOf.set(key, index);
      return index;
    });
  }

  #nameFor(config: RateLimitConfig, identity: readonly Identity[]): string {
    const { counting, key, cost, scope } = compileRateLimit("", config);
    const digest = fingerprint(JSON.stringify([counting, key, cost, scope, identity]));
    const words = identity.map(({ word }) => word).join("#");
    const name = `${words.slice(0, MAX_NAME)}#${digest}`;
    const made = (this.#made.get(name) ?? 0) + 1;
    this.#made.set(name, made);
    return made === 1 ? name : `${name}#${made}`;
  }
}

/** What tells a route or a rule from others. */
interface Identity {
  /** Its name, or what it is. */
  readonly word: string;
  /** Of one without a name, what it is for; "" for one that has one, which may be for something else tomorrow. */
  readonly content: string;
}

function identityOf(kind: string, name: string | undefined, content: unknown): Identity {
  return name === undefined ? { word: kind, content: JSON.stringify(content) } : { word: name, content: "" };
}

/** Objects are named by limits, and names of objects are bounded. */
const MAX_NAME = 190;
const ORDER: readonly RateLimitScope["type"][] = ["local", "colo", "global"];

function compileRateLimit(name: string, config: RateLimitConfig): RateLimit {
  const { key, cost, onFailure = "open", dryRun, headers } = config;
  return {
    name,
    counting: countingOf(config),
    key: key.map(compilePart),
    cost: compileCost(cost),
    scope: scopeOf(config),
    onFailure,
    dryRun,
    headers,
  };
}

/** The decoder saw to it that what is needed is there. */
function countingOf(config: RateLimitConfig): RateLimitCounting {
  const { scope, limit, window, burst, period, maxHold } = config;
  const { algorithm = scope === "colo" ? "sliding-window" : "token-bucket" } = config;
  switch (algorithm) {
    case "token-bucket":
      return { type: algorithm, limit, windowMs: durationMs(window!), burst: burst ?? limit };
    case "sliding-window":
    case "sliding-log":
      return { type: algorithm, limit, windowMs: durationMs(window!) };
    case "quota":
      return { type: algorithm, limit, period: period! };
    case "concurrency":
      return { type: algorithm, limit, holdMs: maxHold === undefined ? 60_000 : durationMs(maxHold) };
  }
}

function scopeOf({ algorithm, scope, binding, exact }: RateLimitConfig): RateLimitScope {
  const type = scope ?? (algorithm === "quota" ? "global" : "local");
  if (type === "colo") return { type, binding: binding! };
  return type === "global" && exact ? { type, exact } : { type };
}

function compileCost(cost: RateLimitConfig["cost"]): RateLimitCost {
  if (typeof cost === "number") return { type: "fixed", units: cost };
  return { type: "header", name: cost.header.toLowerCase(), default: cost.default, max: cost.max };
}

function compilePart(part: KeyPartConfig): RateLimitKeyPart {
  if (part === "ip") return { type: "ip", v6Prefix: 64 };
  if (typeof part === "string") return { type: part };
  if ("ip" in part) return { type: "ip", v6Prefix: part.ip.v6Prefix };
  if ("header" in part) return { type: "header", name: part.header.toLowerCase() };
  if ("cookie" in part) return { type: "cookie", name: part.cookie };
  if ("query" in part) return { type: "query", name: part.query };
  return { type: "claim", claim: typeof part.claim === "string" ? [part.claim] : part.claim };
}

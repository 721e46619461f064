/**
 * What a request may look like at most before anybody looks at what it says. Part of the mesh (mesh.ts); plain data, every
 * default resolved. A guard's first step holds requests against it.
 */

/** 0 is no bound, and so is an empty list. */
export interface Bounds {
  /** Upper case. */
  readonly methods: readonly string[];
  /** Path and query together, as endpoints are asked for them. */
  readonly maxUrlLength: number;
  readonly maxHeaders: number;
  /** Names and values together. */
  readonly maxHeaderBytes: number;
  readonly maxBodyBytes: number;
  readonly bodyPace: BodyPace;
  readonly deniedPaths: DeniedPaths;
  readonly ambiguousPaths: AmbiguousPaths;
  /** Names with "_", which some origins take for those with a dash. Absent: they pass. */
  readonly underscoreHeaders?: "refuse";
  /** Lower case; one that is contained refuses. */
  readonly deniedUserAgents: readonly string[];
  readonly emptyUserAgent: "allow" | "refuse";
  readonly bots: BotBounds | null;
  /** Says in the log what it would refuse, and refuses nothing. */
  readonly dryRun: boolean;
}

/**
 * How slowly a body may come: time spent waiting for the downstream, at most `graceMs` plus a second for each
 * `minBytesPerSecond` that came, and `timeoutMs` in all.
 *
 * Source: Apache mod_reqtimeout, `body=<timeout>,MinRate=<bytes>`.
 */
export interface BodyPace {
  readonly timeoutMs: number;
  readonly graceMs: number;
  readonly minBytesPerSecond: number;
}

/** In the normal form of paths and in lower case: case never tells them apart. */
export interface DeniedPaths {
  readonly exact: readonly string[];
  /** By path element, without a slash at the end; "" is everything. */
  readonly prefixes: readonly string[];
  /** Indices into Mesh.automata. */
  readonly patterns: readonly number[];
}

/**
 * What becomes of paths that origins read in several ways. traversal: those that climb in one of them are refused.
 * refuse: all of them.
 */
export type AmbiguousPaths = "allow" | "traversal" | "refuse";

export interface BotBounds {
  /** Of 1 (certainly a bot) to 99; requests with less are refused. */
  readonly minScore: number;
  /** Whether bots that Cloudflare knows by name pass whatever their score. */
  readonly allowVerified: boolean;
}

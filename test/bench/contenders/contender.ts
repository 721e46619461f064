/** What is compared: a proxy or a Worker that stands before the same origins as all the others. */

export interface OriginAddress {
  /** Which pretend cloud it is. */
  readonly id: string;
  /** `http://127.0.0.1:<port>`, without a path. */
  readonly url: string;
}

export interface Running {
  /** Where it takes requests, without a trailing slash. */
  readonly url: string;
  /** Root of its processes. */
  readonly pid: number;
  /** What it wants of its callers besides what a browser sends. Default nothing. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Settles when it has ended, for whatever reason, with its last words. Never rejects. */
  readonly exited: Promise<string>;
  /** Ends it and removes its files; resolves when it is gone. */
  stop(): Promise<void>;
}

export interface Contender {
  /** Lower case, as `--contenders` takes it. */
  readonly name: string;
  /** `proxy`: a program of its own. `worker`: code on workerd. */
  readonly kind: "proxy" | "worker";
  /** Where it has a place: everywhere by default. */
  readonly only?: "overhead";
  /** How it fails over, in a few words for the tables. */
  readonly failover: string;
  /** Version of what is measured; "here" for code of this benchmark; null when it is not installed. */
  version(): string | null;
  /** Starts it before these origins. Throws when it cannot start; nothing is left running then. */
  start(origins: readonly OriginAddress[]): Promise<Running>;
}

/**
 * What every contender is told, as far as it can be told: equal patience, so that none wins by waiting longer or asking
 * more often. Heddle bounds an attempt by 1.5 to 2 s (its adaptive default), makes two retries and takes 15 s in all.
 */
export const PATIENCE = {
  attemptMs: 2_000,
  attempts: 3,
  requestMs: 15_000,
  /** Between two active checks of an origin, for those that have them. */
  checkMs: 2_000,
  checkPath: "/healthz",
} as const;

/**
 * An instance that keeps itself in the mesh: it registers, sends heartbeats with its load and readiness, registers again when
 * the registry has forgotten it, and deregisters when it is closed. All of it happens in the background: an instance serves
 * whether or not the control plane can be reached.
 */
import { type BackoffBounds, backoffMs } from "./backoff.ts";
import { type ChallengeOptions, challengeResponse } from "./challenge.ts";
import { type Answer, ControlClient } from "./control-client.ts";

export interface AgentOptions extends ChallengeOptions {
  /** URL of the control plane. */
  readonly control: string;
  /** With the scope register, for the service. */
  readonly token: string;
  /** Where the instance is reached from outside. */
  readonly url: string;
  /** Name of the instance, unique in the service. Default: host and port of its URL. */
  readonly instance?: string;
  readonly locality?: { readonly cloud?: string; readonly region?: string; readonly zone?: string };
  readonly weight?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Without a heartbeat for so long it has expired, e.g. "15s". Default: as the mesh's config has it. */
  readonly ttl?: string;
  /** Whether it takes requests from the beginning. Default true. */
  readonly ready?: boolean;
  /** Deregisters on these signals, then sends the signal again, so that the process ends as it would have. Default none. */
  readonly closeOn?: readonly ("SIGTERM" | "SIGINT")[];
  /** Told of each change, with the reason where something is wrong. */
  readonly onState?: (state: AgentState, detail: string) => void;
}

/**
 * registering: not yet in, or not any more; it is tried again and again. registered. superseded: another instance has taken
 * the name over; nothing more is sent. closed.
 */
export type AgentState = "registering" | "registered" | "superseded" | "closed";

export interface Agent {
  readonly instance: string;
  readonly state: AgentState;
  /** Fulfilled when the registry knows the instance for the first time. */
  readonly registered: Promise<void>;
  /** Takes requests from now on. Fulfilled when the registry has heard it, or the agent has ended. */
  ready(): Promise<void>;
  /** Takes nothing new from now on: requests that are under way, and sessions, go on. */
  notReady(): Promise<void>;
  /** Asked before every heartbeat how busy the instance is: 0 idle, 1 full, more is overload. */
  load(sample: (() => number) | null): void;
  /** The answer to a challenge of the registry; null for any other request. Takes fetch's Request, or Node's. */
  handleChallenge(request: { readonly url?: string | undefined }): Promise<Response | null>;
  /** Deregisters. True when the registry has heard it. */
  close(): Promise<boolean>;
}

/** Between attempts to register or to be heard. */
const RETRY: BackoffBounds = { baseMs: 500, maxMs: 30_000 };
/** The goodbye is said so often at most; after that the registration expires by itself. */
const GOODBYES = 3;

/** Registers an instance, and keeps it registered. Never throws for what the network or the control plane does. */
export function register(options: AgentOptions): Agent {
  return new RunningAgent(options);
}

class RunningAgent implements Agent {
  readonly instance: string;
  readonly registered: Promise<void>;
  readonly #options: AgentOptions;
  readonly #control: ControlClient;
  readonly #onRegistered: () => void;
  #state: AgentState = "registering";
  #isReady: boolean;
  #sample: (() => number) | null = null;
  #lease = "";
  #heartbeatMs = 5_000;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** The word under way; words are said one at a time. */
  #saying: Promise<void> = Promise.resolve();

  constructor(options: AgentOptions) {
    const { control, token, service, url } = options;
    this.#options = options;
    this.#isReady = options.ready ?? true;
    this.instance = options.instance ?? new URL(url).host.replace(/[^A-Za-z0-9.-]+/g, "-").replace(/^-+|-+$/g, "");
    this.#control = new ControlClient(control, token, service, this.instance);
    const { promise, resolve } = withResolvers();
    this.registered = promise;
    this.#onRegistered = resolve;
    for (const signal of options.closeOn ?? []) closeOn(signal, () => this.close());
    void this.#say();
  }

  get state(): AgentState {
    return this.#state;
  }

  ready(): Promise<void> {
    this.#isReady = true;
    return this.#say();
  }

  notReady(): Promise<void> {
    this.#isReady = false;
    return this.#say();
  }

  load(sample: (() => number) | null): void {
    this.#sample = sample;
  }

  handleChallenge(request: { readonly url?: string | undefined }): Promise<Response | null> {
    return challengeResponse(this.#options, this.instance, request.url ?? "");
  }

  async close(): Promise<boolean> {
    const wasSuperseded = this.#state === "superseded";
    this.#become("closed", "");
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#saying;
    // A registration that was answered by nobody may have been heard all the same.
    for (let i = 0; i < GOODBYES && !wasSuperseded; i++) {
      if (i > 0) await wait(backoffMs(RETRY, i, Math.random));
      const { status } = await this.#control.deregister(this.#lease);
      if (status === 204 || status === 404) return true;
      if (status === 409) return false;
    }
    return wasSuperseded;
  }

  /** Says how things are now, after what is being said. Never rejects. */
  #say(): Promise<void> {
    this.#saying = this.#saying.then(() => this.#sayNow());
    return this.#saying;
  }

  async #sayNow(): Promise<void> {
    if (this.#isOver()) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const answer = this.#state === "registered" ? await this.#beat() : await this.#register();
    if (this.#isOver()) return;
    const isHeard = answer.status === 200 || answer.status === 201;
    this.#failures = isHeard ? 0 : this.#failures + 1;
    // Heartbeats of instances that started together drift apart.
    const waitMs = isHeard
      ? this.#heartbeatMs * (0.8 + 0.2 * Math.random())
      : Math.max(answer.retryAfterMs, backoffMs(RETRY, this.#failures, Math.random));
    this.#timer = setTimeout(() => void this.#say(), waitMs);
    (this.#timer as { unref?: () => void }).unref?.();
  }

  async #register(): Promise<Answer> {
    const { url, locality, weight, labels, ttl } = this.#options;
    const answer = await this.#control.register({
      url,
      locality,
      weight,
      labels,
      ttl,
      ready: this.#isReady,
      load: this.#load(),
    });
    if (answer.status !== 200 && answer.status !== 201) {
      this.#become("registering", answer.detail);
      return answer;
    }
    const { lease, heartbeatMs } = answer.body;
    this.#lease = typeof lease === "string" ? lease : "";
    if (typeof heartbeatMs === "number" && heartbeatMs > 0) this.#heartbeatMs = heartbeatMs;
    this.#become("registered", "");
    this.#onRegistered();
    return answer;
  }

  async #beat(): Promise<Answer> {
    const answer = await this.#control.heartbeat({ ready: this.#isReady, load: this.#load(), lease: this.#lease });
    if (answer.status === 409) this.#become("superseded", answer.detail);
    if (answer.status !== 404) return answer;
    this.#become("registering", answer.detail);
    return this.#register();
  }

  #load(): number | undefined {
    try {
      const load = this.#sample?.();
      return typeof load === "number" && load >= 0 && Number.isFinite(load) ? Math.min(100, load) : undefined;
    } catch {
      return undefined;
    }
  }

  #isOver(): boolean {
    return this.#state === "closed" || this.#state === "superseded";
  }

  #become(state: AgentState, detail: string): void {
    if (this.#state === "closed" || (state === this.#state && detail === "")) return;
    this.#state = state;
    this.#options.onState?.(state, detail);
  }
}

interface Process {
  readonly pid: number;
  once(signal: string, listener: () => void): void;
  kill(pid: number, signal: string): void;
}

/** Nothing happens where there are no signals. */
function closeOn(signal: string, close: () => Promise<unknown>): void {
  const { process } = globalThis as { process?: Process };
  process?.once(signal, () => void close().finally(() => process.kill(process.pid, signal)));
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

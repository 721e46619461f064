/** Runs the probes that are due, at most MAX_PROBES_IN_FLIGHT at once, until none is due or the time is over. */
import type { ProbeOutcome } from "../../src/core/health/active-check.ts";
import { dueProbes, MAX_PROBES_IN_FLIGHT, nextProbeMs, type ProbeTask } from "../../src/core/health/active-schedule.ts";
import type { HealthCheck } from "../../src/core/mesh.ts";
import { onProbeOutcome } from "../../src/core/monitor/health-sources.ts";
import type { Monitor } from "../../src/core/monitor/monitor.ts";
import type { OriginCredential } from "../../src/security/origin/credential.ts";
import { type ProbeNetwork, probe } from "./prober.ts";

/** No new probe is started after so long in one alarm: others wait for its end, and an alarm may last 15 minutes at most. */
const MAX_RUN_MS = 20_000;

export type CredentialsOf = (task: ProbeTask, check: HealthCheck) => readonly OriginCredential[];

/** Owned by one object; shared by the runs of its alarm. */
export class ProbePool {
  readonly #network: ProbeNetwork;
  readonly #credentials: CredentialsOf;
  readonly #running = new Map<string, Promise<void>>();

  /** - `credentials`: those that a probe carries. Default: none. */
  constructor(network: ProbeNetwork, credentials: CredentialsOf = () => []) {
    this.#network = network;
    this.#credentials = credentials;
  }

  isInFlight = ({ endpoint, check }: ProbeTask): boolean => this.#running.has(`${endpoint}/${check}`);

  /**
   * Probes until nothing is due and nothing in flight. Never rejects.
   *
   * - `current`: the monitor now; when it was replaced meanwhile, outcomes for the former one are dropped.
   */
  async run(current: () => Monitor | null): Promise<void> {
    const endMs = this.#network.nowMs() + MAX_RUN_MS;
    for (;;) {
      const monitor = current();
      const nowMs = this.#network.nowMs();
      const free = nowMs < endMs && monitor !== null ? MAX_PROBES_IN_FLIGHT - this.#running.size : 0;
      if (monitor !== null && free > 0) {
        for (const task of dueProbes(monitor.checks, this.isInFlight, nowMs, free)) this.#start(monitor, task, current);
      }
      if (this.#running.size === 0) return;
      const isRoomLeft = free > 0 && this.#running.size < MAX_PROBES_IN_FLIGHT;
      await this.#somethingHappens(isRoomLeft ? nextProbeMs(monitor!.checks, this.isInFlight) - nowMs : Infinity);
    }
  }

  #start(monitor: Monitor, task: ProbeTask, current: () => Monitor | null): void {
    const key = `${task.endpoint}/${task.check}`;
    const onOutcome = (outcome: ProbeOutcome) => {
      this.#running.delete(key);
      if (current() === monitor) onProbeOutcome(monitor, task, outcome, this.#network.nowMs());
    };
    const endpoint = monitor.service.endpoints[task.endpoint]!;
    const check = monitor.service.healthChecks[task.check]!;
    const certificate = endpoint.clientCertificate ?? monitor.service.clientCertificate ?? null;
    const credentials = this.#credentials(task, check);
    this.#running.set(key, probe(endpoint, check, this.#network, { certificate, credentials }).then(onOutcome));
  }

  /** A probe ends, or `waitMs` have passed and another one is due. */
  async #somethingHappens(waitMs: number): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const due = new Promise<void>((resolve) => {
      if (waitMs !== Infinity) timer = setTimeout(resolve, Math.max(0, waitMs));
    });
    await Promise.race([...this.#running.values(), due]);
    if (timer !== null) clearTimeout(timer);
  }
}

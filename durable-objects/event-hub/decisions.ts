/** Brings sampled decisions from the monitors to those who look. In memory only: a sample that is missed is no loss. */
import type { DecisionSample } from "../../src/core/decision-sample.ts";
import { monitorName } from "../../src/core/monitor/monitor-name.ts";
import { inParallel } from "../mesh-config/in-parallel.ts";
import type { ServiceMonitorCalls } from "../service-monitor/replies.ts";
import { within } from "../service-monitor/within.ts";
import type { Surveyed } from "./survey.ts";

const AT_ONCE = 6;
const ANSWER_MS = 3_000;
/** Services, and shards of one region, that are asked at most. */
const MAX_SERVICES = 10;
const MAX_SHARDS = 4;

/** As it is sent. */
export interface Decision extends DecisionSample {
  readonly service: string;
  readonly region: string;
}

type Monitors = { getByName(name: string): Pick<ServiceMonitorCalls, "decisions"> };

export class Decisions {
  readonly #monitors: Monitors;
  /** The number of the last sample, by monitor. */
  readonly #after = new Map<string, number>();

  constructor(monitors: Monitors) {
    this.#monitors = monitors;
  }

  /** Asks the regional monitors of these services, and their shards. Never rejects. */
  async ask(
    services: readonly string[],
    surveyed: (service: string) => Surveyed | undefined,
    onDecision: (decision: Decision) => void,
  ): Promise<void> {
    const asked = services
      .slice(0, MAX_SERVICES)
      .flatMap((service) =>
        [...(surveyed(service)?.regions ?? [])].flatMap(([region, { shards }]) => [
          { service, region, name: monitorName(service, region) },
          ...shards
            .slice(0, MAX_SHARDS)
            .map(({ shard }) => ({ service, region, name: monitorName(service, region, shard) })),
        ]),
      );
    await inParallel(asked, AT_ONCE, async ({ service, region, name }) => {
      try {
        // What was there before anybody looked is not of now.
        const after = this.#after.get(name) ?? Date.now() * 1_000;
        const samples = await within(this.#monitors.getByName(name).decisions({ after }), ANSWER_MS);
        this.#after.set(name, samples.at(-1)?.n ?? after);
        for (const { n: _, ...sample } of samples) onDecision({ ...sample, service, region });
      } catch {
        // The next round asks again.
      }
    });
  }

  /** Nobody looks any more. */
  forget(): void {
    this.#after.clear();
  }
}

import type { Caller } from "../../security/authn/outcome.ts";
import type { Arrived } from "../arrived.ts";
import { clientIpOf } from "../trust.ts";

/**
 * A request as authentication sees it. A class, so that no closures are made for it and headers that hardly anybody asks for
 * are not read: reading one is a call into the platform.
 */
export class ArrivedCaller implements Caller {
  readonly request: Request;
  readonly nowMs: number;
  readonly #arrived: Arrived;

  constructor(arrived: Arrived) {
    this.request = arrived.request;
    this.nowMs = arrived.arrivedAtMs;
    this.#arrived = arrived;
  }

  get host(): string {
    return this.#arrived.address.host;
  }

  get path(): string {
    return this.#arrived.address.path;
  }

  get query(): string {
    return this.#arrived.address.query;
  }

  get clientIp(): string {
    return clientIpOf(this.request, this.#arrived.isolate.dev);
  }

  get env(): Caller["env"] {
    return this.#arrived.isolate.env as Caller["env"];
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#arrived.ctx.waitUntil(promise);
  }
}

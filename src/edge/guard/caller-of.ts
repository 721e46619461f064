import type { Breach } from "../../core/limit/bounds.ts";
import type { BodyRead, Caller } from "../../security/authn/outcome.ts";
import type { Arrived } from "../arrived.ts";
import { letGo } from "../held-body.ts";
import { logTrial } from "../out-of-bounds.ts";
import { takeWhole, type WholeBody } from "../take-body.ts";
import { clientIpOf } from "../trust.ts";

/**
 * A request as authentication sees it. A class, so that no closures are made for it and headers that hardly anybody asks for
 * are not read: reading one is a call into the platform.
 */
export class ArrivedCaller implements Caller {
  readonly request: Request;
  readonly nowMs: number;
  /** The body, when it was asked for: read once, whoever asks. */
  body: WholeBody | null = null;
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

  async readBody(mostBytes: number): Promise<BodyRead> {
    const { request, bodyBounds: bounds, isolate, ctx } = this.#arrived;
    const { memory } = isolate;
    const onTrial = (breach: Breach) => logTrial(this.#arrived, breach);
    this.body ??= await takeWhole(request, { limitBytes: mostBytes, bounds, memory, ctx, onTrial });
    const { body } = this;
    if ("bound" in body) return { ok: false, why: body.bound === "bodyPace" ? "too-slow" : "too-large" };
    if (body.kind !== "buffered") return { ok: false, why: body.kind };
    const { bytes } = body;
    if (bytes.byteLength > mostBytes) return { ok: false, why: "too-large" };
    return {
      ok: true,
      bytes: bytes instanceof Uint8Array ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes),
    };
  }

  /** To be called once, when nothing more will be asked. */
  letGo(): void {
    if (this.body !== null && "held" in this.body) letGo(this.body.held);
  }

  waitUntil(promise: Promise<unknown>): void {
    this.#arrived.ctx.waitUntil(promise);
  }
}

import type { Place, Subject } from "../../core/authz/subject.ts";
import { carriedHeader } from "../../core/connection-options.ts";
import type { HeaderModifier } from "../../core/mesh.ts";
import { ANONYMOUS, type Principal } from "../../core/principal.ts";
import type { RequestHead } from "../../core/request-head.ts";
import type { Arrived } from "../arrived.ts";
import { headOf } from "../head-of.ts";
import { clientIpOf } from "../trust.ts";

/**
 * A request as authorization sees it. Its path is the one that is forwarded. A class, so that where a request is from is found
 * out only when a policy asks: each is a call into the platform.
 */
export class ArrivedSubject implements Subject {
  readonly head: RequestHead;
  readonly port: number;
  readonly principal: Principal;
  readonly #request: Request;
  readonly #dev: boolean;
  #clientIp: string | null = null;

  constructor({ request, address, isolate, matched, principal, imposed }: Arrived) {
    const plain = headOf(request, address);
    // What the mesh says of the request is on its way to endpoints, and counts here as it does there.
    const said = imposed?.set ?? NOTHING;
    // A header that Connection names is not, and must not let anybody in whom the endpoint then does not see it of.
    this.head = { ...plain, header: (name: string) => saidIn(said, name) ?? carriedHeader(plain.header, name) };
    this.port = matched.listener.port > 0 ? matched.listener.port : plain.port;
    this.principal = principal ?? ANONYMOUS;
    this.#request = request;
    this.#dev = isolate.dev;
  }

  get clientIp(): string {
    this.#clientIp ??= clientIpOf(this.#request, this.#dev);
    return this.#clientIp;
  }

  /** What Cloudflare says; never what a header says. */
  place(what: Place): string {
    const value = (this.#request.cf as Readonly<Record<string, unknown>> | undefined)?.[what];
    // The number of an autonomous system comes as one.
    return value === undefined || value === null ? "" : String(value).toUpperCase();
  }
}

const NOTHING: HeaderModifier["set"] = [];

function saidIn(said: HeaderModifier["set"], name: string): string | null {
  if (said.length === 0) return null;
  return said.find(([own]) => own === name)?.[1] ?? null;
}

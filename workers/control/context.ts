/** What a request carries on its way through the API. */
import type { Context } from "hono";
import type { Caller } from "./access/caller.ts";
import type { ControlEnvironment } from "./environment.ts";

export interface ControlContext {
  Bindings: ControlEnvironment;
  Variables: {
    requestId: string;
    nowMs: number;
    caller: Caller;
    /** The body, read and counted; absent where a route takes none. */
    body: Uint8Array<ArrayBuffer>;
    /** Kept for an idempotency key in place of what is answered, where that holds a secret. */
    keptBody: string;
  };
}

export type ApiContext = Context<ControlContext>;

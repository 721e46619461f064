/** Every change leaves an entry: who, from where, what, before and after. */
import { type AuditKind, maskSecrets } from "../../../durable-objects/access-control/audit.ts";
import type { ApiContext } from "../context.ts";
import { ask } from "../http/ask.ts";
import { accessControl } from "./access-control.ts";
import { clientAddress } from "./authenticate.ts";

export interface Change {
  readonly action: string;
  readonly target: string;
  /** The service that is concerned; default none in particular. */
  readonly service?: string;
  readonly before: unknown;
  readonly after: unknown;
  /** Default person. */
  readonly kind?: AuditKind;
}

/**
 * Records a change that was made. The change stands when the log cannot be reached: then the entry is in the Worker's log,
 * as an error. Never rejects.
 */
export async function recordChange(context: ApiContext, change: Change): Promise<void> {
  const { name, via } = context.get("caller");
  const country = (context.req.raw.cf?.country as string | undefined) ?? "";
  const event = {
    kind: change.kind ?? "person",
    actor: name,
    via,
    from: { address: clientAddress(context), country },
    action: change.action,
    target: change.target,
    service: change.service ?? null,
    before: maskSecrets(change.before),
    after: maskSecrets(change.after),
    requestId: context.get("requestId"),
  } as const;
  try {
    await ask("the audit log", () => accessControl(context.env).record(event));
  } catch (error) {
    console.error(JSON.stringify({ event: "audit_not_recorded", error: String(error), entry: event }));
  }
}

/** A body without bounds on its way up: the platform carries it by itself once what was read ahead has left. */
import { sendAhead } from "./body-meter.ts";
import { type HeldBody, letGo } from "./held-body.ts";
import type { BodyEnd } from "./request-body.ts";

/**
 * Never rejects.
 *
 * - `ahead`: what was read of it, sent first; emptied. `held`: what that takes; null: nothing was read.
 */
export async function pumpBody(
  stream: ReadableStream,
  writable: WritableStream,
  ahead: Uint8Array[],
  held: HeldBody | null,
): Promise<BodyEnd> {
  try {
    if (held !== null) {
      const writer = writable.getWriter();
      await sendAhead(writer, ahead, held).finally(() => letGo(held));
      writer.releaseLock();
    }
    await stream.pipeTo(writable, { preventAbort: true, preventCancel: true });
    return "sent";
  } catch {
    return endOf(stream);
  }
}

/** Whose fault it was that a pipe broke: a source that did is broken still. */
async function endOf(stream: ReadableStream): Promise<BodyEnd> {
  try {
    const reader = stream.getReader();
    const end = await Promise.race<BodyEnd>([
      reader.closed.then(
        () => "refused",
        () => "broken",
      ),
      scheduler.wait(0).then(() => "refused"),
    ]);
    reader.cancel().catch(() => {});
    return end;
  } catch {
    return "broken";
  }
}

/** A change that is sent twice with the same Idempotency-Key happens once, and is answered twice. */
import { sha256 } from "../../../durable-objects/access-control/token.ts";
import { accessControl } from "../access/access-control.ts";
import type { ApiContext } from "../context.ts";
import { ask } from "./ask.ts";
import { problem } from "./problem.ts";

const KEY = /^[\x21-\x7e]{1,255}$/;
/** Headers that are part of the answer. */
const KEPT_HEADERS = ["content-type", "etag", "location"];

/**
 * Runs a change, or gives the answer that the same change had before. Refusals are not kept: they changed nothing, and may
 * be tried again.
 */
export async function once(context: ApiContext, change: () => Promise<Response>): Promise<Response> {
  const given = context.req.header("idempotency-key");
  if (given === undefined) return change();
  if (!KEY.test(given)) {
    return problem(context, "malformed-request", "Idempotency-Key has to be 1 to 255 printable characters");
  }
  const objects = accessControl(context.env);
  const key = await sha256(`${context.get("caller").key}\n${given}`);
  const fingerprint = await fingerprintOf(context);
  const claim = await ask("the access control", () => objects.claim(key, fingerprint));
  switch (claim.state) {
    case "answered":
      return replay(context, claim.answer);
    case "busy":
      return problem(context, "conflict", "a request with this Idempotency-Key is being worked on", {
        headers: { "retry-after": "1" },
      });
    case "other":
      return problem(context, "invalid-content", "this Idempotency-Key was used for another request");
    case "new":
  }
  let answer: Response;
  try {
    answer = await change();
  } catch (error) {
    context.executionCtx.waitUntil(objects.abandonClaim(key, fingerprint).catch(() => {}));
    throw error;
  }
  if (!answer.ok) {
    context.executionCtx.waitUntil(objects.abandonClaim(key, fingerprint).catch(() => {}));
    return answer;
  }
  const body = context.get("keptBody") ?? (await answer.clone().text());
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name)!]] : [])),
  );
  try {
    const kept = { status: answer.status, headers, body };
    await ask("the access control", () => objects.keepAnswer(key, fingerprint, kept));
  } catch (error) {
    // The change was made and is answered; sent again within a minute it is refused as being worked on.
    console.warn(JSON.stringify({ event: "answer_not_kept", error: String(error) }));
  }
  return answer;
}

function replay(
  context: ApiContext,
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: string },
): Response {
  if (body === "" && status !== 204) {
    return problem(context, "conflict", "this was done before; its answer was too long to be kept");
  }
  return new Response(status === 204 ? null : body, { status, headers: { ...headers, "idempotent-replayed": "true" } });
}

/** Everything that a change depends on. */
async function fingerprintOf({ req, var: { body } }: ApiContext): Promise<string> {
  const { pathname, search } = new URL(req.url);
  const head = [req.method, pathname, search, req.header("if-match") ?? "", req.header("content-type") ?? ""].join(
    "\n",
  );
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body ?? new Uint8Array(0)));
  return sha256(`${head}\n${digest.join(",")}`);
}

/** Who makes this request? Without an answer to that there is no other. */

import type { MiddlewareHandler } from "hono";
import { addressKey, FailureLimit } from "../../../durable-objects/access-control/failure-limit.ts";
import { parseToken, sha256 } from "../../../durable-objects/access-control/token.ts";
import { isSameText } from "../../../src/security/same-text.ts";
import type { ApiContext, ControlContext } from "../context.ts";
import { ask } from "../http/ask.ts";
import { problem } from "../http/problem.ts";
import { accessControl } from "./access-control.ts";
import { type AccessIdentity, accessCaller } from "./access-identity.ts";
import { tokenIdentity } from "./access-token.ts";
import { BOOTSTRAP, type Caller, tokenHolder } from "./caller.ts";
import { certifiedCaller } from "./client-certificate.ts";
import { onVerified, verifiedCaller } from "./verified-tokens.ts";

/** A shorter bootstrap token could be guessed, and opens nothing. */
const MIN_BOOTSTRAP_LENGTH = 32;
const MAX_BEARER_LENGTH = 512;

/** Failures that this isolate has seen. The object counts them for all isolates. */
const failures = new FailureLimit();

type Answer =
  | { readonly caller: Caller }
  | { readonly refused: "missing" | "wrong" }
  | { readonly limitedForMs: number };

/** Sets the caller, or answers 401 or 429. */
export const authenticate: MiddlewareHandler<ControlContext> = async (context, next) => {
  const answer = await callerOf(context);
  if ("caller" in answer) {
    context.set("caller", answer.caller);
    return next();
  }
  if ("limitedForMs" in answer) {
    const seconds = Math.max(1, Math.ceil(answer.limitedForMs / 1_000));
    return problem(context, "too-many-requests", `try again in ${seconds} s`, {
      headers: { "retry-after": String(seconds) },
    });
  }
  const detail =
    answer.refused === "missing"
      ? "send Authorization: Bearer and a token"
      : "the token is not one of ours, has expired or was revoked";
  const challenge = answer.refused === "missing" ? "" : ', error="invalid_token"';
  return problem(context, "unauthorized", detail, {
    headers: { "www-authenticate": `Bearer realm="heddle"${challenge}` },
  });
};

/** Where a request comes from, as the platform says; "" where it says nothing. */
export function clientAddress(context: ApiContext): string {
  return (context.req.header("cf-connecting-ip") ?? "").slice(0, 64);
}

async function callerOf(context: ApiContext): Promise<Answer> {
  const bearer = bearerOf(context);
  if (bearer === null) {
    const known = certifiedCaller(context) ?? (await accessIdentity(context));
    if (known !== null) return { caller: known };
    const told = await tokenIdentity(context);
    if (told === null || told === "wrong") return { refused: told ?? "missing" };
    const caller = accessCaller(told.identity, context.env);
    return caller === null ? { refused: "wrong" } : { caller: { ...caller, expiresAtMs: told.expiresAtMs } };
  }
  const digest = await sha256(bearer);
  const nowMs = context.get("nowMs");
  const lately = verifiedCaller(digest, nowMs);
  if (lately !== null) return { caller: lately };
  const client = addressKey(clientAddress(context));
  const refusedForMs = failures.refusedForMs(client, nowMs);
  if (refusedForMs > 0) return { limitedForMs: refusedForMs };
  if (await isBootstrap(digest, context.env.HEDDLE_BOOTSTRAP_TOKEN)) return { caller: BOOTSTRAP };
  const answer = await verify(context, bearer, digest);
  if (!("caller" in answer)) failures.onFailure(client, nowMs);
  return answer;
}

/**
 * The token as it was sent, "" for something else in its place, null for nothing. Scripts of pages cannot set headers of a
 * WebSocket but its subprotocols: there the token is one of them, "bearer.<token>".
 */
function bearerOf(context: ApiContext): string | null {
  const authorization = context.req.header("authorization");
  if (authorization !== undefined) return /^bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "";
  if (context.req.header("upgrade")?.toLowerCase() !== "websocket") return null;
  const protocols = (context.req.header("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  return protocols.find((one) => one.startsWith("bearer."))?.slice("bearer.".length) ?? null;
}

async function verify(context: ApiContext, bearer: string, digest: string): Promise<Answer> {
  const token = bearer.length <= MAX_BEARER_LENGTH ? parseToken(bearer) : null;
  const presented = {
    id: token?.id ?? null,
    secretHash: await sha256(token?.secret ?? ""),
    address: clientAddress(context),
  };
  const reply = await ask("the access control", () => accessControl(context.env).verify(presented));
  if (!reply.ok) return reply.error === "limited" ? { limitedForMs: reply.retryAfterMs } : { refused: "wrong" };
  const caller = tokenHolder(reply.token);
  onVerified(digest, caller, context.get("nowMs"));
  return { caller };
}

async function isBootstrap(digest: string, secret: string | undefined): Promise<boolean> {
  if (secret === undefined || secret.length < MIN_BOOTSTRAP_LENGTH) return false;
  return isSameText(digest, await sha256(secret));
}

async function accessIdentity(context: ApiContext): Promise<Caller | null> {
  const { access } = context.executionCtx as { access?: { getIdentity(): Promise<unknown> } };
  if (access === undefined) return null;
  const identity = await access.getIdentity();
  return identity === undefined || identity === null ? null : accessCaller(identity as AccessIdentity, context.env);
}

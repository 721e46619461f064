/** Versions of what is read, so that it need not be sent again, and is not overwritten by somebody who read another one. */
import type { MiddlewareHandler } from "hono";
import type { ControlContext } from "../context.ts";

/** Numbers that If-Match may hold. */
const NUMBER_TAG = /^"(0|[1-9][0-9]{0,14})"$/;

/** The number in `"12"`; null for anything else. Never throws. */
export function numberIn(tag: string): number | null {
  const digits = NUMBER_TAG.exec(tag.trim())?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Answers of GET get an ETag, of their content where the handler gave none, and are left out when the caller has them. */
export const withEntityTag: MiddlewareHandler<ControlContext> = async (context, next) => {
  await next();
  const { res } = context;
  if (context.req.method !== "GET" || res.status !== 200) return;
  const body = await res.arrayBuffer();
  const tag = res.headers.get("etag") ?? (await tagOf(body));
  const headers = new Headers(res.headers);
  headers.set("etag", tag);
  headers.set("cache-control", "private, no-cache");
  headers.append("vary", "authorization");
  const known = context.req.header("if-none-match");
  context.res = undefined;
  context.res =
    known !== undefined && isListed(tag, known)
      ? new Response(null, { status: 304, headers })
      : new Response(body, { status: 200, headers });
};

async function tagOf(body: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return `"${Array.from(digest.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

/** Weak comparison, as RFC 9110 has it for If-None-Match. */
function isListed(tag: string, list: string): boolean {
  return list.split(",").some((one) => one.trim() === "*" || one.trim().replace(/^W\//, "") === tag);
}

/**
 * One question to a token endpoint: a form goes there, a small JSON object comes back. Whatever else comes is told by its status
 * and its error code alone: what issuers write in their answers holds names, hints and sometimes the request itself.
 *
 * Source: RFC 6749 §4.4, §5.1, §5.2; RFC 7523 §2.1.
 */
import { readBounded } from "../../authn/read-bounded.ts";
import { ISSUER_TIMEOUT_MS, type Issued } from "./token-source.ts";

export type TokenAnswer =
  | { readonly ok: true; readonly fields: Readonly<Record<string, unknown>> }
  | Extract<Issued, { readonly ok: false }>;

/** More than any answer with a token has. */
const MAX_ANSWER_BYTES = 64 * 1024;
/** More than any header of an origin takes. */
const MAX_TOKEN_LENGTH = 16 * 1024;
/** Without a word on it, a token is used for so long, ms. */
const DEFAULT_LIFETIME_MS = 300_000;
/** No token is used for longer, whatever its issuer says, ms. */
const MAX_LIFETIME_MS = 86_400_000;

/** Asks once: no redirects, nothing larger or later than it should be. Never rejects. */
export async function askIssuer(
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  try {
    const response = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: { accept: "application/json", "content-type": "application/x-www-form-urlencoded", ...headers },
      body: new URLSearchParams(form).toString(),
      signal: AbortSignal.timeout(ISSUER_TIMEOUT_MS),
    });
    const bytes = await readBounded(response.body, MAX_ANSWER_BYTES);
    const fields = bytes === null ? null : objectIn(new TextDecoder().decode(bytes));
    if (response.status !== 200) return fault(`the issuer answers ${response.status}${codeIn(fields)}`);
    return fields === null ? fault("the issuer's answer is no JSON object, or too large") : { ok: true, fields };
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return fault(isLate ? "the issuer is too slow" : "the issuer cannot be reached");
  }
}

/** A text of an answer that is a token, or the fault that it is none. */
export function tokenIn(value: unknown): { readonly ok: true; readonly token: string } | { ok: false; why: string } {
  if (typeof value !== "string" || value.length > MAX_TOKEN_LENGTH || !/^[\x21-\x7e]+$/.test(value)) {
    return fault("the issuer's answer has no token in it");
  }
  return { ok: true, token: value };
}

/** What an answer says of a token's life, in bounds. Some issuers write it as a text. */
export function lifetimeMs(seconds: unknown): number {
  const given = typeof seconds === "string" && /^\d{1,10}$/.test(seconds) ? Number(seconds) : seconds;
  if (typeof given !== "number" || !(given > 0)) return DEFAULT_LIFETIME_MS;
  return Math.min(MAX_LIFETIME_MS, given * 1_000);
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : null;
  } catch {
    return null;
  }
}

/** Codes are words of the standard or of the issuer; anything else stays here. */
function codeIn(fields: Readonly<Record<string, unknown>> | null): string {
  const code = fields?.error;
  return typeof code === "string" && /^[a-z][a-z0-9_.-]{0,63}$/i.test(code) ? ` (${code})` : "";
}

export function fault(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}

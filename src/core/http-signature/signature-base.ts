/** The text that an HTTP Message Signature signs, and the parameters that say what it is. Source: RFC 9421 §2.3, §2.5; RFC 8941 §4.1. */
import type { BaseLine } from "./component.ts";

/** In the order in which they are sent. Times are seconds since 1970; absent parameters are left out. */
export interface SignatureParams {
  readonly created?: number;
  readonly expires?: number;
  readonly nonce?: string;
  readonly keyid?: string;
  readonly alg?: string;
  readonly tag?: string;
}

/**
 * The inner list with its parameters: `("@method" "@path");created=1618884473;keyid="k"`. Strings have to be printable ASCII.
 * Never throws. Linear.
 */
export function signatureParams(identifiers: readonly string[], params: SignatureParams): string {
  let text = `(${identifiers.join(" ")})`;
  for (const [name, value] of Object.entries(params) as [string, string | number][]) {
    text += typeof value === "number" ? `;${name}=${value}` : `;${name}=${sfString(value)}`;
  }
  return text;
}

/** `params`: the inner list exactly as it is sent. Never throws. Linear. */
export function signatureBase(lines: readonly BaseLine[], params: string): string {
  let text = "";
  for (const [identifier, value] of lines) text += `${identifier}: ${value}\n`;
  return `${text}"@signature-params": ${params}`;
}

/** RFC 8941 §4.1.6. */
export function sfString(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

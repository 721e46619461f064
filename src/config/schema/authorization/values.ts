/** Values that policies compare with, in Istio's notation, and what is wrong with those that could never fit. */
import * as z from "zod";
import { blockOf } from "../../../core/authz/address.ts";
import { isTemplate } from "../../../core/authz/path-template.ts";
import { patternOf } from "../../../core/authz/value-set.ts";
import { normalPath } from "../../../core/route/normal-path.ts";

/** Enough for lists of addresses that somebody publishes. */
const MAX_VALUES = 10_000;

type Fault = string | null;

function values(faultOf: (value: string) => Fault) {
  const value = z
    .string()
    .min(1)
    .max(4_096)
    .superRefine((text, context) => {
      const message = faultOf(text);
      if (message !== null) context.addIssue({ code: "custom", message });
    });
  return z.array(value).min(1).max(MAX_VALUES);
}

/** A "*" elsewhere would be a character to compare with, which nobody means. */
function starFault(value: string): Fault {
  const pattern = patternOf(value);
  const isFine = pattern.type === "any" || !pattern.text.includes("*");
  return isFine ? null : 'may have one "*", at its beginning or its end';
}

export const texts = () => values(starFault);

export const addressBlocks = () =>
  values((value) => (blockOf(value) === null ? "must be an IP address or a block such as 192.0.2.0/24" : null));

export const hosts = () =>
  values((value) => {
    if (/[:/[\]\s]/.test(value)) return "must be a host without a port: name ports under ports";
    return value.endsWith(".") ? "must not end with a dot: hosts are compared without it" : starFault(value);
  });

export const methods = () =>
  values((value) => {
    const isMisspelt = value !== value.toUpperCase() && METHODS.has(value.toUpperCase());
    return isMisspelt ? "must be in upper case: methods are compared to the letter" : starFault(value);
  });

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export const ports = () =>
  values((value) => (/^([1-9]\d{0,4})$/.test(value) && Number(value) < 65_536 ? null : "must be a port, 1 to 65535"));

export const countries = () =>
  values((value) =>
    /^[A-Za-z][A-Za-z0-9]$/.test(value) ? null : 'must be two letters as in ISO 3166-1, or "T1" for Tor',
  );

export const networks = () =>
  values((value) => (/^[1-9]\d{0,9}$/.test(value) ? null : "must be the number of an autonomous system, without AS"));

export const airports = () =>
  values((value) => (/^[A-Za-z]{3}$/.test(value) ? null : "must be the three letters of a Cloudflare location"));

export const paths = () => values(pathFault);

function pathFault(value: string): Fault {
  if (/[\s?#\\]/.test(value)) return 'must hold no spaces, "?", "#" or backslashes';
  if (/%(?![0-9A-Fa-f]{2})/.test(value)) return 'has a "%" that encodes nothing: write %25';
  const message = isTemplate(value) ? templateFault(value) : (bracesFault(value) ?? starFault(value));
  if (message !== null) return message;
  const pattern = isTemplate(value) ? ({ type: "exact", text: value } as const) : patternOf(value);
  if (pattern.type === "any") return null;
  if (pattern.type !== "suffix" && !pattern.text.startsWith("/")) return 'must start with "/" or "*"';
  return isReachable(pattern) ? null : UNREACHABLE;
}

const UNREACHABLE = 'must not hold "//", "/./" or "/../": no request has such a path once it is in its normal form';

/** A prefix may end with "/.", as of "/.well-known". */
function isReachable({ type, text }: { readonly type: "exact" | "prefix" | "suffix"; readonly text: string }): boolean {
  const normal = normalText(text);
  return !/\/\/|\/\.{1,2}\//.test(normal) && (type === "prefix" || !/\/\.{1,2}$/.test(normal));
}

/**
 * A text of a pattern with its percent-encoding in normal form, element by element. Nothing else is: what a pattern leaves open
 * may go on with anything.
 */
export function normalText(text: string): string {
  // The dash keeps "." and ".." from being resolved.
  const normal = (element: string) => normalPath(`/-${element}`, false).slice(2);
  return text.split("/").map(normal).join("/");
}

/** Source: Istio, pkg/config/security, CheckValidPathTemplate. */
function templateFault(value: string): Fault {
  if (!value.startsWith("/")) return 'must start with "/"';
  let isOpen = false;
  for (const element of value.slice(1).replace(/\/$/, "").split("/")) {
    const isOperator = element === "{*}" || element === "{**}";
    if (isOperator && isOpen) return "may have nothing but text after {**}";
    isOpen ||= element === "{**}";
    if (!isOperator && /[{}*]/.test(element))
      return "may have {*} and {**} as whole elements only, and no * beside them";
  }
  return null;
}

function bracesFault(value: string): Fault {
  return /[{}]/.test(value) ? "may have {*} and {**} as whole elements only, and no other braces" : null;
}

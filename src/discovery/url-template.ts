/**
 * URLs of endpoints with {variables} for what discovery finds, e.g. "https://{service}.{namespace}.example.com:{port}".
 *
 * What fills a template comes from other systems. A value stands for one host name, address or number and can never add a
 * user, a path or another host: anything else leaves the endpoint out.
 */

export interface UrlTemplate {
  /** Text and variables by turns, beginning and ending with text: "a{b}c" is ["a", "b", "c"]. */
  readonly parts: readonly string[];
  readonly variables: ReadonlySet<string>;
}

export type TemplateCheck =
  | { readonly ok: true; readonly template: UrlTemplate }
  | { readonly ok: false; readonly fault: string };

/** Host names, IPv4, IPv6 in brackets, and numbers. */
const VALUE = /^([A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?|\[[0-9a-fA-F:.]{2,45}\])$/;
/** What the variables are taken for while the whole is checked; a number, so that it can be a port. */
const PLACEHOLDER = "1";

/**
 * Reads a template.
 *
 * - `known`: the variables that may occur; their names are letters.
 *
 * Never throws. Linear in the text.
 */
export function parseUrlTemplate(text: string, known: readonly string[]): TemplateCheck {
  const parts = text.split(/\{([A-Za-z]+)\}/);
  const names = parts.filter((_, index) => index % 2 === 1);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    return {
      ok: false,
      fault: `{${unknown}} is no variable here; there are ${known.map((one) => `{${one}}`).join(", ")}`,
    };
  }
  if (parts.some((part, index) => index % 2 === 0 && /[{}]/.test(part))) {
    return { ok: false, fault: "has a brace that is not part of a {variable}" };
  }
  const [start = ""] = parts;
  if (!/^https?:\/\//i.test(start)) return { ok: false, fault: 'must begin with "https://" or "http://"' };
  const sample = parts.map((part, index) => (index % 2 === 0 ? part : PLACEHOLDER)).join("");
  const url = URL.canParse(sample) ? new URL(sample) : null;
  if (url === null || /[\s\\]/.test(sample)) return { ok: false, fault: "is not a URL with its variables filled in" };
  if (url.username !== "" || url.password !== "" || /[?#@]/.test(sample)) {
    return { ok: false, fault: "must hold neither credentials nor a query nor a fragment" };
  }
  return { ok: true, template: { parts, variables: new Set(names) } };
}

/**
 * The URL with these values; null when one is missing or no host name, address or number. Never throws.
 *
 * - `read`: of a variable; undefined when there is none.
 */
export function fillUrlTemplate({ parts }: UrlTemplate, read: (name: string) => string | undefined): string | null {
  let url = "";
  for (const [index, part] of parts.entries()) {
    if (index % 2 === 0) {
      url += part;
      continue;
    }
    const value = read(part);
    if (value === undefined || !VALUE.test(value)) return null;
    url += value;
  }
  return URL.canParse(url) ? url : null;
}

/** An address as a URL has it: IPv6 in brackets. */
export function hostOfAddress(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

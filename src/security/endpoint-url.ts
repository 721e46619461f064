/**
 * Whether the mesh may send requests to a URL that somebody entered: in a config, by registering, or found by discovery.
 *
 * The URL is judged as the platform's parser reads it, so that 127.1, 0x7f000001, 2130706433 and 127.0.0.1 are one
 * address. Only what stands in the URL can be judged: a public name that resolves to a private address passes. (Requests
 * of Workers leave from Cloudflare's network, where private addresses of others lead nowhere.)
 */
import type { AddressKind } from "../core/address-kind.ts";
import { kindOfHost } from "../core/host-kind.ts";
import type { Plaintext } from "../core/mesh-origins.ts";
import { mayBePlain } from "../core/plaintext.ts";

/**
 * - `http`: without TLS.
 * - `private`: private networks, names without a dot, and names that only a private network knows.
 * - `loopback`: the machine itself, for local development.
 * - `self`: hostnames that the mesh itself answers.
 *
 * Link-local and metadata addresses are never allowed.
 */
export const ALLOWANCES = ["http", "private", "loopback", "self"] as const;
export type Allowance = (typeof ALLOWANCES)[number];

export interface EndpointUrlPolicy {
  readonly allow: readonly Allowance[];
  /** Hostnames that the mesh answers, in any case; "*.example.com" stands for every name below. Default none. */
  readonly self?: Iterable<string>;
  /** What the service says of http besides. Default allow. */
  readonly plaintext?: Plaintext;
}

export type EndpointUrlFaultCode =
  | "not_a_url"
  | "scheme"
  | "credentials"
  | "query"
  | "port"
  | "loop"
  | Exclude<AddressKind, "public">;

export interface EndpointUrlFault {
  readonly code: EndpointUrlFaultCode;
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** `url`: as the platform writes it. */
export type EndpointUrlCheck =
  | { readonly ok: true; readonly url: string; readonly hostname: string }
  | { readonly ok: false; readonly fault: EndpointUrlFault };

/** Longest URL that is taken, characters. */
const MAX_LENGTH = 2_048;

/** Ports of other protocols, which a request could be made to speak by accident or on purpose. Source: the Fetch standard. */
const BAD_PORTS = new Set(
  `0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135
  137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719
  1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080`
    .split(/\s+/)
    .map(Number),
);

/**
 * Checks the URL of an endpoint.
 *
 * Never throws. Linear in the length, which is bounded.
 */
export function checkEndpointUrl(url: string, policy: EndpointUrlPolicy): EndpointUrlCheck {
  const fault = (code: EndpointUrlFaultCode, message: string, fix: string): EndpointUrlCheck => ({
    ok: false,
    fault: { code, message, fix },
  });
  const notAUrl = (why: string) => fault("not_a_url", why, 'give an absolute URL such as "https://shop.example.com"');
  if (url.length > MAX_LENGTH) return notAUrl(`is longer than ${MAX_LENGTH} characters`);
  // The parser drops tabs and newlines, and trims: what people see would not be what is used.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x20\x7f\\]/.test(url)) return notAUrl("has spaces, backslashes or control characters");
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(url) || !URL.canParse(url)) return notAUrl("is not an absolute URL");
  const { protocol, username, password, hostname, port, href } = new URL(url);
  if (protocol !== "https:" && protocol !== "http:") {
    return fault("scheme", `has the scheme ${protocol.slice(0, -1)}`, "use https");
  }
  if (username !== "" || password !== "" || /^[^/]*\/\/[^/?#]*@/.test(url)) {
    return fault("credentials", "holds credentials", "take them out and send them in `headers`");
  }
  if (/[?#]/.test(url)) return fault("query", "has a query or a fragment", "take it out: the request's own is used");
  if (port !== "" && BAD_PORTS.has(Number(port))) {
    return fault("port", `has port ${port}, which is another protocol's`, "use a port that speaks HTTP");
  }
  const name = hostname.replace(/\.$/, "");
  if (name === "" || name.split(".").includes("")) return notAUrl("has a hostname with an empty part");
  const kind = kindOfHost(name);
  if (kind !== "public" && !isAllowed(kind, policy.allow)) return fault(kind, ...refusalOf(kind, hostname));
  if (!policy.allow.includes("self") && answers(policy.self ?? [], name)) {
    return fault(
      "loop",
      `leads back to the mesh, which answers ${name} itself`,
      'use a hostname of the origin\'s own, or allow "self"',
    );
  }
  const { plaintext = "allow" } = policy;
  // What is upgraded is never asked by http.
  if (protocol === "http:" && plaintext !== "upgrade") {
    if (!policy.allow.includes("http")) return fault("scheme", "is not encrypted", 'use https, or allow "http"');
    if (!mayBePlain(plaintext, name)) {
      return fault("scheme", "is not encrypted", "use https, or set `plaintext` of the service to upgrade or allow");
    }
  }
  return { ok: true, url: href, hostname: name };
}

/** Takes "http, private" apart; words that are none of ours are given back in `unknown`. Never throws. */
export function parseAllowances(text: string | undefined): {
  readonly allow: readonly Allowance[];
  readonly unknown: readonly string[];
} {
  const words = (text ?? "").split(/[\s,]+/).filter((word) => word !== "");
  const isKnown = (word: string): word is Allowance => (ALLOWANCES as readonly string[]).includes(word);
  return { allow: [...new Set(words.filter(isKnown))], unknown: words.filter((word) => !isKnown(word)) };
}

function isAllowed(kind: AddressKind, allow: readonly Allowance[]): boolean {
  return (kind === "private" || kind === "loopback") && allow.includes(kind);
}

function refusalOf(kind: Exclude<AddressKind, "public">, host: string): [message: string, fix: string] {
  switch (kind) {
    case "private":
      return [`leads into a private network (${host})`, 'use a public name, or allow "private"'];
    case "loopback":
      return [`leads to the machine itself (${host})`, 'use a public name, or allow "loopback"'];
    case "link-local":
      return [`is a link-local address (${host})`, "use a public name"];
    case "metadata":
      return [`is a cloud's metadata service (${host})`, "use the origin's own name"];
    case "reserved":
      return [`is an address that nobody has (${host})`, "use a public name"];
  }
}

function answers(self: Iterable<string>, name: string): boolean {
  for (const given of self) {
    const own = given.toLowerCase().replace(/\.$/, "");
    if (own === name || (own.startsWith("*.") && name.endsWith(own.slice(1)))) return true;
  }
  return false;
}

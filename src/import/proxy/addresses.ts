/** What an edge Worker cannot call, of what proxies inside a network can. */

const PRIVATE = [
  /^10\./,
  /^127\./,
  /^169\.254\./,
  /^192\.168\./,
  /^172\.(1[6-9]|2[0-9]|3[01])\./,
  /^100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\./,
  /^\[?(::1|f[cd][0-9a-f]{2}:|fe80:)/i,
];

/** Why a host cannot be reached from the edge, or null when nothing speaks against it. Never throws. */
export function unreachable(host: string): string | null {
  if (PRIVATE.some((range) => range.test(host))) return `${host} is an address of a private network`;
  if (/\.(cluster\.local|local|internal|svc)$/.test(host) || /^[^.:[\]]+$/.test(host)) {
    return `${host} is a name that only its own network knows`;
  }
  if (/^[0-9.]+$/.test(host) || host.includes(":")) return `${host} is an IP address, which Workers do not fetch from`;
  return null;
}

/** Longer names than DNS has are none, and no config takes them. */
const MAX_URL_LENGTH = 2_048;

/** Whether `endpointUrl` made a URL that a config takes. Never throws. */
export function isEndpointUrl(url: string): boolean {
  return url.length <= MAX_URL_LENGTH && URL.canParse(url);
}

/** An address and port as an URL, with the port left out where it is the scheme's own. */
export function endpointUrl(scheme: "http" | "https", address: string, port: number): string {
  const host = address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
  return port === (scheme === "http" ? 80 : 443) ? `${scheme}://${host}` : `${scheme}://${host}:${port}`;
}

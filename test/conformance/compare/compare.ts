/**
 * Compares an answer with what a case expects, as the suite does.
 *
 * Source: kubernetes-sigs/gateway-api, conformance/utils/http/http.go, as described in data/README.md.
 */
import type { CaseExpectation, CaseRequest, ExpectedBackend } from "../case.ts";
import type { Answer } from "../run/send.ts";

/** What the backend saw, as far as the answer tells. */
export interface Captured {
  readonly path: string;
  readonly host: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly namespace: string;
  readonly pod: string;
  readonly tls?: { readonly serverName: string };
}

/** A sentence for the first thing that is not as expected; null when all is. */
export function difference(request: CaseRequest, expect: CaseExpectation, answer: Answer): string | null {
  if (expect.not !== undefined) {
    return expect.not.statusCodes.includes(answer.status) ? `status ${answer.status}` : null;
  }
  const wanted = expect.statusCodes ?? [200];
  // Both are timeouts, and one will do for the other.
  if ([408, 504].includes(answer.status) && wanted.some((status) => status === 408 || status === 504)) return null;
  if (!wanted.includes(answer.status)) return `status ${answer.status}, expected ${wanted.join(" or ")}`;
  if (expect.redirect !== undefined) {
    const fault = redirectDifference(expect.redirect, answer);
    if (fault !== null) return fault;
  }
  if (answer.status !== 200 && answer.status !== 204) return null;
  return (
    (expect.backend === undefined ? null : backendDifference(expect.backend, capturedOf(request, answer))) ??
    headerDifference(expect, answer)
  );
}

/** The echo when the answer holds one; else only what was sent is known. */
export function capturedOf(request: CaseRequest, answer: Answer): Captured {
  if (answer.headers.get("content-type")?.join() === "application/json") return JSON.parse(answer.body) as Captured;
  return { path: "", host: "", method: request.method, headers: {}, namespace: "", pod: "" };
}

function backendDifference(expected: ExpectedBackend, captured: Captured): string | null {
  const { path, host, method, headers = {}, absentHeaders = [], namespace, podPrefix, sni } = expected;
  if (path !== undefined && captured.path !== path) return `backend got path ${captured.path}, expected ${path}`;
  if (host && captured.host !== host) return `backend got host ${captured.host}, expected ${host}`;
  if (method && captured.method !== method) return `backend got method ${captured.method}, expected ${method}`;
  if (namespace !== undefined && captured.namespace !== namespace) {
    return `answered in namespace "${captured.namespace}", expected "${namespace}"`;
  }
  if (podPrefix && !captured.pod.startsWith(podPrefix)) return `answered by "${captured.pod}", expected ${podPrefix}`;
  if (sni && captured.tls?.serverName !== sni) return `backend got SNI ${captured.tls?.serverName}, expected ${sni}`;
  const got = new Map(Object.entries(captured.headers).map(([name, values]) => [name.toLowerCase(), values.join(",")]));
  for (const [name, value] of Object.entries(headers)) {
    const actual = got.get(name.toLowerCase());
    if (actual !== value) return `backend got ${name}: ${actual}, expected ${value}`;
  }
  const present = absentHeaders.find((name) => got.has(name.toLowerCase()));
  return present === undefined ? null : `backend got ${present}: ${got.get(present.toLowerCase())}, expected none`;
}

function headerDifference(expect: CaseExpectation, answer: Answer): string | null {
  const clean = (value: string) => (expect.ignoreWhitespaceInHeaders ? value.replaceAll(/\s/g, "") : value);
  const answered = (name: string) => answer.headers.get(name.toLowerCase())?.join(",");
  for (const [name, value] of Object.entries(expect.headers ?? {})) {
    const actual = answered(name);
    if (actual === undefined || clean(actual) !== clean(value)) return `answered ${name}: ${actual}, expected ${value}`;
  }
  for (const [name, values] of Object.entries(expect.headerOneOf ?? {})) {
    const actual = answered(name);
    const isKnown = actual === undefined ? values.length === 0 : values.some((value) => clean(value) === clean(actual));
    if (!isKnown) return `answered ${name}: ${actual}, expected one of ${values.join(" | ")}`;
  }
  const present = expect.absentHeaders?.find((name) => answered(name) !== undefined);
  return present === undefined ? null : `answered ${present}: ${answered(present)}, expected none`;
}

function redirectDifference(expected: NonNullable<CaseExpectation["redirect"]>, answer: Answer): string | null {
  const location = answer.headers.get("location")?.join() ?? "";
  if (!URL.canParse(location)) return `answered Location: ${location}, expected an absolute URL`;
  const url = new URL(location);
  const scheme = url.protocol.slice(0, -1);
  // URL drops a port that is the scheme's own; as text it is there.
  const port = /^[a-z]+:\/\/[^/]*:(\d+)/.exec(location)?.[1] ?? "";
  const ownPort = scheme === "https" ? "443" : "80";
  if (expected.scheme && scheme !== expected.scheme)
    return `redirected to ${location}, expected scheme ${expected.scheme}`;
  if (expected.host && url.hostname !== expected.host)
    return `redirected to ${location}, expected host ${expected.host}`;
  if (expected.port ? port !== expected.port : port !== "" && port !== ownPort) {
    return `redirected to ${location}, expected port ${expected.port ?? "of the scheme"}`;
  }
  if (expected.path && url.pathname !== expected.path)
    return `redirected to ${location}, expected path ${expected.path}`;
  return null;
}

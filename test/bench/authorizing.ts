/** What deciding by policies costs, without the platform, in nanoseconds: ten and a thousand policies of several kinds. */
import { authorize, openAuthorization } from "../../src/core/authz/authorize.ts";
import type { Subject } from "../../src/core/authz/subject.ts";
import type { AuthorizationPolicy, AuthorizationRule } from "../../src/core/mesh.ts";
import type { Principal } from "../../src/core/principal.ts";
import type { MicroResult } from "./micro.ts";

const ITERATIONS = 100_000;
const REPEATS = 7;
const ISSUER = "https://idp.example.com";

type Kind = (typeof KINDS)[number];

const KINDS = ["path", "host and path", "token", "claim", "IPv4 block", "IPv6 block", "blocks in blocks"] as const;

/** Deterministic: the n-th policy of a kind admits the n-th tenant. */
function ruleOf(kind: Kind, n: number): AuthorizationRule {
  switch (kind) {
    case "path":
      return { to: [[{ attribute: "path", values: [`/tenant-${n}/*`] }]] };
    case "host and path":
      return {
        to: [
          [
            { attribute: "host", values: [`t${n}.example.com`] },
            { attribute: "path", values: ["/api/{*}/items/{**}", "/public*"] },
            { attribute: "method", values: ["GET", "POST"] },
          ],
        ],
      };
    case "token":
      return { from: [[{ attribute: "requestPrincipal", values: [`${ISSUER}/tenant-${n}`] }]] };
    case "claim":
      return { when: [{ attribute: "claim", claim: ["tenant"], values: [`t${n}`] }] };
    case "IPv4 block":
      return { from: [[{ attribute: "ip", values: [`10.${n >> 8}.${n & 255}.0/24`] }]] };
    case "IPv6 block":
      return { from: [[{ attribute: "ip", values: [`2001:db8:${n.toString(16)}::/48`] }]] };
    // Of each sixteen the first holds the others; they ask for a method besides, which no request has.
    case "blocks in blocks": {
      const method = n % 16 === 0 ? "GET" : "DELETE";
      const values = [n % 16 === 0 ? `10.${n >> 8}.${n & 255}.0/20` : `10.${n >> 8}.${n & 0xf0}.0/${20 + (n % 12)}`];
      return { from: [[{ attribute: "ip", values }]], to: [[{ attribute: "method", values: [method] }]] };
    }
  }
}

function subjectOf(kind: Kind, n: number): Subject {
  const claims = { iss: ISSUER, sub: `tenant-${n}`, tenant: `t${n}` };
  const principal: Principal = { kind: "jwt", id: `${ISSUER}/tenant-${n}`, claims, presented: ["idp"] };
  return {
    head: {
      method: "GET",
      scheme: "https",
      host: `t${n}.example.com`,
      port: 443,
      path: kind === "path" ? `/tenant-${n}/items/7` : "/api/v1/items/7",
      query: "",
      header: () => null,
    },
    port: 443,
    principal,
    clientIp: addressOf(kind, n),
    place: () => "DE",
  };
}

function addressOf(kind: Kind, n: number): string {
  if (kind === "IPv6 block") return `2001:db8:${n.toString(16)}::9`;
  return `10.${n >> 8}.${n & (kind === "blocks in blocks" ? 0xf0 : 255)}.0`;
}

/** Every request is admitted by one policy of all. Throws when one is not, since nothing would be measured then. */
export function authorizingBenchmarks(): MicroResult[] {
  return [10, 1_000].flatMap((count) =>
    KINDS.map((kind): MicroResult => {
      const policies = Array.from(
        { length: count },
        (_, n): AuthorizationPolicy => ({ name: `p${n}`, action: "ALLOW", rules: [ruleOf(kind, n)] }),
      );
      const open = openAuthorization(policies, "strict");
      const subjects = Array.from({ length: 256 }, (_, i) => subjectOf(kind, (i * 37) % count));
      if (subjects.some((subject) => !authorize(open, subject).allowed)) throw new Error(`${kind}: nobody is admitted`);
      const ns = timed((i) => authorize(open, subjects[i & 255]!));
      return { name: `authorize, ${count} policies by ${kind}`, ns };
    }),
  );
}

/** Median of several runs, so that one pause of the machine does not show. */
function timed(body: (i: number) => void): number {
  const runs = Array.from({ length: REPEATS }, () => {
    const startedAt = performance.now();
    for (let i = 0; i < ITERATIONS; i += 1) body(i);
    return ((performance.now() - startedAt) * 1e6) / ITERATIONS;
  });
  return runs.sort((a, b) => a - b)[REPEATS >> 1]!;
}

/** What deciding by policies costs, without the platform, in nanoseconds: ten and a thousand policies of several kinds. */
import { authorize, openAuthorization } from "../../src/core/authz/authorize.ts";
import type { Subject } from "../../src/core/authz/subject.ts";
import type { AuthorizationPolicy, AuthorizationRule } from "../../src/core/mesh.ts";
import type { Principal } from "../../src/core/principal.ts";
import type { MicroResult } from "./micro.ts";

const ITERATIONS = 100_000;
const REPEATS = 7;
const ISSUER = "https://idp.example.com";

type Kind = "path" | "host and path" | "token" | "claim" | "address";

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
    case "address":
      return { from: [[{ attribute: "ip", values: [`10.${n >> 8}.${n & 255}.0/24`] }]] };
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
    clientIp: `10.${n >> 8}.${n & 255}.9`,
    place: () => "DE",
  };
}

/** Every request is admitted by one policy of all. Throws when one is not, since nothing would be measured then. */
export function authorizingBenchmarks(): MicroResult[] {
  return [10, 1_000].flatMap((count) =>
    (["path", "host and path", "token", "claim", "address"] as const).map((kind): MicroResult => {
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

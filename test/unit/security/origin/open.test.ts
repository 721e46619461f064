import { describe, expect, it } from "vitest";
import type { Service } from "../../../../src/core/mesh.ts";
import type { OriginCredentialPlan } from "../../../../src/core/mesh-origins.ts";
import type { Applied, OriginCredential } from "../../../../src/security/origin/credential.ts";
import { credentialsOf, signedBodyBytes } from "../../../../src/security/origin/endpoint-credentials.ts";
import { applyCredentials, credentialProblems, openCredentials } from "../../../../src/security/origin/open.ts";
import { endpointOf, serviceOf } from "../../../fixtures/meshes.ts";
import { NOW_MS } from "./outgoing.ts";

const headers = (name: string, secret = "TOKEN"): OriginCredentialPlan => ({
  name,
  type: "headers",
  headers: [[`x-${name}`, "", { secret }]],
});
const context = { secrets: (name: string) => (name === "TOKEN" ? "t" : null) };
const request = () => ({
  method: "GET",
  url: "https://a.invalid/",
  headers: new Headers(),
  body: { kind: "none" } as const,
  nowMs: NOW_MS,
  ctx: { waitUntil: () => {} },
});

describe("the credentials of a mesh", () => {
  it("are kept over versions of it as long as the config says the same of them", () => {
    const before = openCredentials([headers("a"), headers("b")], context, null);
    const after = openCredentials([headers("c"), headers("a"), headers("b", "OTHER")], context, before);
    expect([after.of[1] === before.of[0], after.of[2] === before.of[1]]).toEqual([true, false]);
  });

  it("say what is wrong with them by name", () => {
    expect(credentialProblems(openCredentials([headers("a"), headers("b", "OTHER")], context, null))).toEqual([
      "credential b: the secret OTHER is absent",
    ]);
  });

  it("of a kind that this version does not know send nothing", () => {
    const later = { name: "a", type: "spiffe" } as unknown as OriginCredentialPlan;
    const open = openCredentials([later], context, null);
    const why = "this version knows no credential of the type spiffe";
    expect(applyCredentials(open.of, request())).toEqual({ credential: "a", why, of: "ours" });
    expect(credentialProblems(open)).toEqual([`credential a: ${why}`]);
  });

  const stub = (name: string, outcome: Applied | Promise<Applied>, calls: string[]): OriginCredential => ({
    name,
    bodyBytes: 0,
    withhold: () => {},
    apply: () => {
      calls.push(name);
      return outcome;
    },
    problem: () => "",
  });
  const fault = { credential: "b", why: "no", of: "ours" } as const;

  it.each([
    ["all at once", [null, null], ["a", "b"], null],
    ["up to a fault", [fault, null], ["a"], fault],
    ["after one that has to wait", [Promise.resolve(null), null, fault], ["a", "b", "c"], fault],
    ["not after a fault that came late", [Promise.resolve(fault), null], ["a"], fault],
  ] as const)("are put on in their order, %s", async (_, outcomes, called, expected) => {
    const calls: string[] = [];
    const all = outcomes.map((outcome, at) => stub("abc"[at]!, outcome as Applied, calls));
    const applied = applyCredentials(all, request());
    expect(applied instanceof Promise).toBe(outcomes[0] instanceof Promise);
    expect([await applied, calls]).toEqual([expected, called]);
  });
});

describe("the credentials of endpoints", () => {
  const open = openCredentials(
    [
      headers("a"),
      { ...headers("b"), type: "hmac", keyId: "k", key: { secret: "TOKEN" }, signsBody: true, maxBodyBytes: 7 },
    ],
    context,
    null,
  );
  const service = (own: (readonly number[] | undefined)[], usual?: readonly number[]): Service =>
    serviceOf(
      "shop",
      own.map((credentials, i) => endpointOf(`e${i}`, `http://e${i}.invalid`, credentials && { credentials })),
      usual && { credentials: usual },
    );
  const names = (of: Service) => credentialsOf(of, open)?.map((some) => some?.map(({ name }) => name) ?? null) ?? null;

  it.each([
    ["none, of nobody", service([undefined]), null],
    [
      "the service's",
      service([undefined, undefined], [0, 1]),
      [
        ["a", "b"],
        ["a", "b"],
      ],
    ],
    ["their own in its place", service([[1], [], undefined], [0]), [["b"], null, ["a"]]],
    ["their own only", service([[1], undefined]), [["b"], null]],
  ])("are %s", (_, of, expected) => {
    expect(names(of)).toEqual(expected);
  });

  it("say how much of a body has to be read", () => {
    expect(signedBodyBytes(credentialsOf(service([[1], undefined], [0]), open))).toBe(7);
    expect(signedBodyBytes(credentialsOf(service([undefined], [0]), open))).toBe(0);
    expect(signedBodyBytes(null)).toBe(0);
  });
});

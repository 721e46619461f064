import { afterEach, describe, expect, it, vi } from "vitest";
import { type ProbeNetwork, probe } from "../../../../durable-objects/service-monitor/prober.ts";
import type { OriginCredential } from "../../../../src/security/origin/credential.ts";
import { openCredentials } from "../../../../src/security/origin/open.ts";
import { endpointOf, httpCheck, tcpCheck } from "../../../fixtures/meshes.ts";

afterEach(() => void vi.useRealTimers());

const endpoint = endpointOf("a", "https://a.invalid:8443", { basePath: "/base", headers: [["x-key", "endpoint"]] });
const never = new Promise<never>(() => {});

const PLAN = {
  name: "signed",
  type: "hmac",
  keyId: "edge",
  key: { secret: "SIGNING_KEY" },
  signsBody: true,
  maxBodyBytes: 1_024,
} as const;

type Call = { url: string; init: RequestInit };

function network(answer: (call: Call) => Response | Promise<Response>, calls: Call[] = []): ProbeNetwork {
  let nowMs = 100;
  return {
    fetch: async (url, init) => {
      calls.push({ url, init });
      return answer({ url, init });
    },
    connect: () => ({ opened: never, close: async () => {} }),
    nowMs: () => (nowMs += 5),
    waitUntil: () => {},
  };
}

describe("an HTTP probe", () => {
  it("takes the way of a request: base path, headers of endpoint and check, no redirects", async () => {
    const calls: Call[] = [];
    const check = httpCheck({ method: "HEAD", path: "/up?deep=1", headers: [["host-hint", "x"]] });
    await probe(
      endpoint,
      check,
      network(() => new Response(null), calls),
    );
    const [{ url, init }] = calls as [Call];
    expect([url, init.method, init.redirect]).toEqual(["https://a.invalid:8443/base/up?deep=1", "HEAD", "manual"]);
    expect(Object.fromEntries(init.headers as Headers)).toEqual({
      "x-key": "endpoint",
      "host-hint": "x",
      "user-agent": "heddle-health-check",
    });
  });

  it("carries the endpoint's credentials, signed at its own time", async () => {
    const calls: Call[] = [];
    const open = (secret: string | null) =>
      openCredentials([PLAN], { secrets: () => secret }, null).of as readonly OriginCredential[];
    const identity = { certificate: null, credentials: open("0123456789abcdef0123456789abcdef") };
    await probe(
      endpoint,
      httpCheck({ path: "/up" }),
      network(() => new Response(null), calls),
      identity,
    );
    const sent = new Headers(calls[0]!.init.headers).get("authorization");
    // The clock says 105 ms.
    expect(sent).toMatch(/^Heddle-HMAC-SHA256 id=edge, ts=0, nonce=[\w-]{22}, sig=[0-9a-f]{64}$/);

    const unsent = await probe(
      endpoint,
      httpCheck({ path: "/up" }),
      network(() => new Response(null), calls),
      { certificate: null, credentials: open(null) },
    );
    expect(calls).toHaveLength(1);
    expect(unsent).toMatchObject({
      ok: false,
      unsent: true,
      detail: "not sent: credential signed: the secret SIGNING_KEY is absent",
    });
  });

  it("says nothing of the endpoint when its credentials do not come in time", async () => {
    const calls: Call[] = [];
    const slow: OriginCredential = {
      name: "slow",
      bodyBytes: 0,
      withhold: () => {},
      apply: () => never,
      problem: () => "",
    };
    const outcome = await probe(
      endpoint,
      httpCheck({ timeoutMs: 20 }),
      network(() => new Response(null), calls),
      { certificate: null, credentials: [slow] },
    );
    expect(outcome).toMatchObject({ ok: false, unsent: true, detail: "not sent: no credentials in 20 ms" });
    expect(calls).toEqual([]);
    const hanging = await probe(
      endpoint,
      httpCheck({ timeoutMs: 20 }),
      network(() => never),
    );
    expect(hanging).toMatchObject({ ok: false, detail: "no answer in 20 ms" });
    expect(hanging.unsent).toBeUndefined();
  });

  it("begins its clock and its limit when it is sent: a token that takes its time makes no endpoint slow", async () => {
    vi.useFakeTimers();
    const answered = (ms: number, result: Response | null) =>
      new Promise<never>((resolve) => setTimeout(() => resolve(result as never), ms));
    const slow: OriginCredential = {
      name: "slow",
      bodyBytes: 0,
      withhold: () => {},
      apply: () => answered(900, null),
      problem: () => "",
    };
    const timed = { ...network(() => answered(400, new Response(null))), nowMs: () => Date.now() };
    const identity = { certificate: null, credentials: [slow] };
    const outcome = async (timeoutMs: number) => {
      const probing = probe(endpoint, httpCheck({ timeoutMs }), timed, identity);
      await vi.advanceTimersByTimeAsync(5_000);
      return probing;
    };
    expect(await outcome(1_000)).toMatchObject({ ok: true, latencyMs: 400 });
    expect(await outcome(950)).toMatchObject({ ok: true, latencyMs: 400 });
    const { ok, unsent } = await outcome(800);
    expect([ok, unsent]).toEqual([false, true]);
  });

  it.each([
    [200, [[200, 399]], true],
    [399, [[200, 399]], true],
    [404, [[200, 399]], false],
    [
      404,
      [
        [200, 299],
        [404, 404],
      ],
      true,
    ],
    [503, [[200, 399]], false],
  ] as const)("takes status %i with %j as ok: %s", async (status, expectedStatuses, ok) => {
    const outcome = await probe(
      endpoint,
      httpCheck({ expectedStatuses }),
      network(() => new Response("x", { status })),
    );
    expect(outcome).toMatchObject({ ok, detail: `status ${status}`, latencyMs: 5 });
  });

  it.each([
    ["it is there", "....all is well....", true],
    ["it is not", "....", false],
    ["it is cut off by the end of the first 8 KiB", `${" ".repeat(8 * 1024 - 4)}all is well`, false],
    ["it ends with the first 8 KiB", `${" ".repeat(8 * 1024 - 11)}all is well`, true],
  ])("looks for the expected text: %s", async (_, body, ok) => {
    const outcome = await probe(
      endpoint,
      httpCheck({ expectedBody: "all is well" }),
      network(() => new Response(body)),
    );
    expect(outcome.ok).toBe(ok);
  });

  it("finds a text that arrives in two pieces, and stops reading an endless body", async () => {
    let pulled = 0;
    const pieces = (text: string) =>
      new ReadableStream({
        pull: (controller) => {
          pulled++;
          controller.enqueue(new TextEncoder().encode(text));
        },
      });
    const check = httpCheck({ expectedBody: "abab" });
    expect(
      await probe(
        endpoint,
        check,
        network(() => new Response(pieces("ab"))),
      ),
    ).toMatchObject({ ok: true });
    pulled = 0;
    expect(
      await probe(
        endpoint,
        check,
        network(() => new Response(pieces("x".repeat(1_024)))),
      ),
    ).toMatchObject({ ok: false });
    expect(pulled).toBeLessThan(12);
  });

  it("fails with the reason when the network does", async () => {
    const outcome = await probe(
      endpoint,
      httpCheck(),
      network(() => Promise.reject(new Error("Network connection lost."))),
    );
    expect(outcome).toMatchObject({ ok: false, detail: "Network connection lost." });
  });

  it("fails after its timeout, also while the body is awaited", async () => {
    const hanging = ({ init }: Call) =>
      new Promise<Response>((_, reject) => init.signal!.addEventListener("abort", () => reject(init.signal!.reason)));
    const check = httpCheck({ timeoutMs: 5 });
    expect(await probe(endpoint, check, network(hanging))).toMatchObject({ ok: false, detail: "no answer in 5 ms" });
    const stuck = () => new Response(new ReadableStream({ pull: () => never }));
    const searching = httpCheck({ timeoutMs: 5, expectedBody: "x" });
    expect(await probe(endpoint, searching, network(stuck))).toMatchObject({ ok: false, detail: "no answer in 5 ms" });
  });
});

describe("a TCP probe", () => {
  const tcp = (opened: Promise<unknown>, addresses: unknown[] = []): ProbeNetwork => ({
    ...network(() => new Response()),
    connect: (address) => {
      addresses.push(address);
      return { opened, close: async () => {} };
    },
  });

  it.each([
    ["https://a.invalid:8443", { hostname: "a.invalid", port: 8443 }],
    ["https://a.invalid", { hostname: "a.invalid", port: 443 }],
    ["http://10.0.0.1", { hostname: "10.0.0.1", port: 80 }],
  ])("connects to %s", async (origin, address) => {
    const addresses: unknown[] = [];
    const outcome = await probe(endpointOf("a", origin), tcpCheck(), tcp(Promise.resolve(), addresses));
    expect([outcome.ok, addresses]).toEqual([true, [address]]);
  });

  it("fails when it is refused, and when nothing happens within its timeout", async () => {
    const refused = await probe(endpoint, tcpCheck(), tcp(Promise.reject(new Error("refused"))));
    expect(refused).toMatchObject({ ok: false, detail: "refused" });
    const silent = await probe(endpoint, tcpCheck({ timeoutMs: 5 }), tcp(never));
    expect(silent).toMatchObject({ ok: false, detail: "no answer in 5 ms" });
  });
});

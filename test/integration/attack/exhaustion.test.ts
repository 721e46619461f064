/**
 * Exhaustion: input that costs the mesh more than its sender: expressions that backtrack, bodies that explode when they are read,
 * and things that are remembered of everybody who comes by.
 */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { growthMb } from "../harness/memory.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath, serviceOf } from "../harness/rules.ts";
import { type RecordingOrigin, startRecordingOrigin, valuesIn } from "./recording-origin.ts";

const own = createResources();
afterAll(own.close);

/** For an engine that backtracks, more steps than there is time for. */
const EXPLOSIVE = "(?:(?:a+)+)+b";
const BAIT = "a".repeat(6_000);
const FLOOD = 3_000;

describe("what costs the mesh more than its sender", () => {
  let edge: Edge;
  let origin: RecordingOrigin;
  let copies: RecordingOrigin;

  beforeAll(async () => {
    origin = await startRecordingOrigin(own, "origin");
    copies = await startRecordingOrigin(own, "copies");
    const to = { backendRefs: [{ service: "s" }] };
    const config = JSON.parse(
      rulesByPath(
        { s: serviceOf([origin]), copies: serviceOf([copies]) },
        {
          "/session": { ...to, sessionPersistence: { sessionName: "seat" } },
          "/keys": {
            ...to,
            authentication: { providers: ["keys", "partners", "idp"] },
          },
          "/copied": {
            ...to,
            filters: [{ type: "RequestMirror", requestMirror: { backendRef: { service: "copies" } } }],
          },
        },
        {
          authentication: {
            providers: {
              keys: { type: "APIKey", keys: { ann: { sha256: "0".repeat(64) } } },
              partners: { type: "HMAC", keys: { acme: { secret: "ACME_KEY" } } },
              idp: {
                type: "JWT",
                issuer: "x",
                jwks: { keys: [{ kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) }] } as never,
              },
            },
          },
        },
      ),
    );
    config.routes[0].rules.push({
      matches: [
        { path: { type: "RegularExpression", value: `/${EXPLOSIVE}` } },
        { headers: [{ name: "x-a", type: "RegularExpression", value: EXPLOSIVE }] },
        { queryParams: [{ name: "a", type: "RegularExpression", value: EXPLOSIVE }] },
      ],
      backendRefs: [{ service: "s" }],
    });
    edge = await own.edge(JSON.stringify(config), {
      bindings: {
        HEDDLE_SESSION_KEY: "0123456789abcdef0123456789abcdef",
        ACME_KEY: "0123456789abcdef0123456789abcdef",
      },
    });
    await ask(edge, "/session");
  });

  it.each<[string, string, Record<string, string>]>([
    ["the path", `/${BAIT}`, {}],
    ["a header", "/", { "x-a": BAIT }],
    ["the query", `/?a=${BAIT}`, {}],
  ])("is no expression over %s: they run in linear time, whoever wrote them", async (_, path, headers) => {
    const answers = [];
    for (let i = 0; i < 3; i++) answers.push(await ask(edge, path, { headers }));
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    // The quickest of them: a machine may stand still during one.
    expect(Math.min(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(2_000);
    expect(
      (await ask(edge, path.replace(BAIT, "aab"), { headers: headers["x-a"] ? { "x-a": "aab" } : {} })).status,
    ).toBe(200);
  });

  it("is no body that explodes: what is compressed is carried, copied and tried again as it came", async () => {
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(60_000);
    const growth = await growthMb(edge.pid, async () => {
      const headers = { "content-encoding": "gzip", "content-type": "text/plain" };
      expect((await ask(edge, "/copied", { method: "POST", body: bomb, headers })).status).toBe(200);
      await expect.poll(() => copies.requests.length).toBe(1);
    });
    for (const { requests } of [origin, copies]) {
      expect(requests.at(-1)!.body.equals(bomb)).toBe(true);
      expect(valuesIn(requests.at(-1)!, "content-encoding")).toEqual(["gzip"]);
    }
    expect(growth).toBeLessThan(30);
  });

  it(`is nothing that is remembered of ${FLOOD} strangers: each brings another session, key, token and signature`, async () => {
    const authorized = (authorization: string) => ["/keys", { authorization }] as const;
    const stranger = (i: number): readonly [string, Record<string, string>] => {
      const text = randomBytes(600).toString("base64url");
      if (i % 4 === 0) return ["/session", { cookie: `seat=${text}` }];
      if (i % 4 === 1) return ["/keys", { "x-api-key": text.slice(0, 500) }];
      if (i % 4 === 2) return authorized(`Bearer ${text.slice(0, 200)}.${text.slice(200, 400)}.${text.slice(400)}`);
      const ts = Math.floor(Date.now() / 1_000);
      return authorized(`Heddle-HMAC-SHA256 id=acme, ts=${ts}, nonce=${text.slice(0, 22)}, sig=${"0".repeat(64)}`);
    };
    const one = async (i: number) => {
      const [path, headers] = stranger(i);
      return (await ask(edge, path, { headers })).status;
    };
    const statuses = new Set<number>();
    const growth = await growthMb(edge.pid, async () => {
      for (let i = 0; i < FLOOD; i += 10) {
        for (const status of await Promise.all(Array.from({ length: 10 }, (_, k) => one(i + k)))) statuses.add(status);
      }
    });
    expect([...statuses].sort()).toEqual([200, 401]);
    expect(growth).toBeLessThan(60);
  });
});

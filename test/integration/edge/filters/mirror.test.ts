import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask } from "../../harness/ask.ts";
import { steadily } from "../../harness/machine.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";
import { stateOf } from "../../harness/state.ts";

const own = createResources();
afterAll(own.close);

interface Seen {
  readonly head: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

describe("mirrors", () => {
  let edge: Edge;
  const shadow: Seen[] = [];
  const other: Seen[] = [];

  /** An origin that writes down what it gets. */
  const recorder = (name: string, seen: Seen[]) =>
    own.origin(name, {
      respond: (request, response) => {
        let body = "";
        request.on("data", (chunk: Buffer) => {
          body += chunk;
        });
        request.on("end", () => {
          seen.push({ head: `${request.method} ${request.url}`, headers: request.headers, body });
          response.writeHead(500, { "content-length": 5 }).end("wrong");
        });
      },
    });

  beforeAll(async () => {
    const shop = await own.origin("shop");
    const shadows = [await recorder("shadow-a", shadow), await recorder("shadow-b", shadow)];
    const others = await recorder("other", other);
    const hung = await own.origin("hung", { fault: { hang: true } });
    const dead = { name: "dead", url: "http://127.0.0.1:1" };
    const to = (service: string, more: object = {}) =>
      ({ type: "RequestMirror", requestMirror: { backendRef: { service }, ...more } }) as const;
    const shopRefs = [{ service: "shop" }];
    edge = await own.edge(
      rulesByPath(
        {
          shop: serviceOf([shop], { retry: { bufferBytes: 1_000_000 } }),
          shadow: serviceOf(shadows),
          other: serviceOf([others]),
          hung: serviceOf([hung]),
          dead: serviceOf([dead]),
        },
        {
          "/one": { filters: [to("shadow")], backendRefs: shopRefs },
          "/changed": {
            filters: [
              to("shadow"),
              { type: "URLRewrite", urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/new" } } },
              { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-set", value: "rule" }] } },
            ],
            backendRefs: shopRefs,
          },
          "/several": {
            filters: [to("shadow"), to("other")],
            backendRefs: [{ service: "shop", filters: [to("hung")] }],
          },
          "/percent": { filters: [to("shadow", { percent: 20 })], backendRefs: shopRefs },
          "/fraction": {
            filters: [to("other", { fraction: { numerator: 1, denominator: 2 } })],
            backendRefs: shopRefs,
          },
          "/none": { filters: [to("shadow", { percent: 0 })], backendRefs: shopRefs },
          "/small": { filters: [to("shadow", { maxBodyBytes: 10 })], backendRefs: shopRefs },
          "/large": { filters: [to("shadow", { maxBodyBytes: 8_000_000 })], backendRefs: shopRefs },
          "/slow": { filters: [to("hung"), to("dead")], backendRefs: shopRefs },
        },
      ),
    );
  });

  const counts = async () => (await stateOf(edge)).mirrors;
  const arrived = (list: Seen[], head: string) =>
    expect.poll(() => list.find((one) => one.head === head)).toBeDefined();

  it("get a copy, and their answers are ignored", async () => {
    const answer = await ask(edge, "/one?id=1", { method: "POST", body: "hello", headers: { "x-mine": "1" } });
    expect([answer.status, answer.headers["x-heddle-attempts"]]).toEqual([200, "shop:ok"]);
    await arrived(shadow, "POST /one?id=1");
    const copies = shadow.filter(({ head }) => head === "POST /one?id=1");
    expect(copies).toHaveLength(1);
    expect(copies[0]).toMatchObject({ body: "hello", headers: { "x-mine": "1", "x-forwarded-proto": "http" } });
  });

  it("get it as the endpoint does: rewritten and modified", async () => {
    await ask(edge, "/changed/x");
    await arrived(shadow, "GET /new/x");
    expect(shadow.find(({ head }) => head === "GET /new/x")?.headers["x-set"]).toBe("rule");
  });

  it("may be several, of rule and backend", async () => {
    const before = await counts();
    await ask(edge, "/several");
    await arrived(shadow, "GET /several");
    await arrived(other, "GET /several");
    expect((await counts()).sent - before.sent).toBe(3);
  });

  it("delay nothing and fail nothing, be they hung or dead", async () => {
    await steadily(400, async (machine) => {
      const before = await counts();
      machine.begin(edge);
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(edge, "/slow")));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      // Copies wait a second and a half for their own time-out; requests do not wait for them.
      expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(1_000);
      expect((await counts()).sent - before.sent).toBe(40);
    });
  });

  it("get the share that is asked for", async () => {
    const ask500 = async (path: string) => {
      for (let round = 0; round < 20; round += 1) {
        await Promise.all(Array.from({ length: 25 }, () => ask(edge, path)));
      }
    };
    const before = await counts();
    await ask500("/percent");
    const between = await counts();
    await ask500("/fraction");
    const after = await counts();
    // Binomial, n = 500: five standard deviations are 45 at 20 percent, 56 at a half; one run in a million is outside.
    expect(Math.abs(between.sent - before.sent - 100)).toBeLessThan(45);
    expect(Math.abs(after.sent - between.sent - 250)).toBeLessThan(56);
    await ask(edge, "/none");
    expect((await counts()).sent).toBe(after.sent);
  });

  it("get no body that is too large for them or was not kept, and that is counted", async () => {
    const before = await counts();
    const small = await ask(edge, "/small", { method: "PUT", body: "x".repeat(11) });
    const kept = await ask(edge, "/large?kept", { method: "PUT", body: "x".repeat(900_000) });
    const streamed = await ask(edge, "/large?streamed", { method: "PUT", body: "x".repeat(1_100_000) });
    expect([small.status, kept.status, streamed.status]).toEqual([200, 200, 200]);
    await arrived(shadow, "PUT /large?kept");
    expect(shadow.find(({ head }) => head === "PUT /large?kept")?.body).toHaveLength(900_000);
    const { sent, tooLarge } = await counts();
    expect([sent - before.sent, tooLarge - before.tooLarge]).toEqual([1, 2]);
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../../src/config/schema/mesh.ts";
import { type Answer, ask } from "../../harness/ask.ts";
import { steadily } from "../../harness/machine.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";
import { pause, stateOf, until } from "../../harness/state.ts";
import { type GoogleIssuer, ISSUER, startGoogleIssuer } from "./google-issuer.ts";
import { type GuardedOrigin, guardedOrigin } from "./guarded-origin.ts";

const own = createResources();
let google: GoogleIssuer;
beforeAll(async () => {
  google = await startGoogleIssuer();
});
afterAll(async () => {
  await own.close();
  await google.close();
});

const AUDIENCE = "https://shop-abc-ew.a.run.app";
const HEADER = "x-serverless-authorization";

/** An edge whose isolate has no token yet. */
async function coldEdge(name: string, more: Partial<MeshConfigInput> = {}) {
  Object.assign(google.settings, { lifetimeS: 3_600, delayMs: 0, gate: Promise.resolve(), isDown: false });
  const origin = await guardedOrigin(own, name, {
    key: google.publicKey,
    issuer: ISSUER,
    audience: AUDIENCE,
    header: HEADER,
  });
  const logs: string[] = [];
  const edge = await own.edge(
    rulesByPath(
      {
        shop: serviceOf([origin], {
          credentials: ["run"],
          retry: { attempts: 0 },
          timeouts: { request: "20s", backendRequest: "15s" },
        }),
      },
      { "/": { backendRefs: [{ service: "shop" }] } },
      {
        authentication: { allow: ["http", "loopback"] },
        credentials: {
          run: {
            type: "GoogleIDToken",
            serviceAccountKey: { secret: "RUN_KEY" },
            audience: AUDIENCE,
            tokenUrl: google.tokenUrl,
            header: HEADER,
          },
        },
        ...more,
      },
    ),
    { bindings: { RUN_KEY: google.keyFile }, onLog: (line) => logs.push(String(line)) },
  );
  return { edge, origin, logs };
}

const statusOf = ({ status }: Answer) => status;

describe("a Google ID token", () => {
  it("is on every request, in place of what the caller sent, and is asked for once by 50 requests that come at once", async () => {
    const { edge, origin } = await coldEdge("cold");
    google.settings.delayMs = 300;
    const before = google.asked();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => ask(edge, "/", { headers: { [HEADER]: "Bearer of-the-caller" } })),
    );
    expect(new Set(answers.map(statusOf))).toEqual(new Set([200]));
    expect(google.refused).toEqual([]);
    // One isolate: one question. Each isolate of a data centre asks for itself.
    expect(google.asked() - before).toBe(1);
    expect(origin.admitted[0]).toMatchObject({ aud: AUDIENCE, iss: ISSUER, email_verified: true });
  });

  it("leaves the caller's own Authorization to the origin, where it has a header of its own", async () => {
    const { edge, origin } = await coldEdge("own-header");
    const answer = await ask(edge, "/", { headers: { authorization: "Basic of-the-caller" } });
    expect([answer.status, origin.authorizations]).toEqual([200, ["Basic of-the-caller"]]);
  });
});

describe("a token that is about to end", () => {
  it("is renewed behind requests, none of which waits for it", async () => {
    const { edge, origin } = await coldEdge("renewed");
    google.settings.lifetimeS = 15;
    const first = (await ask(edge, "/")).text;
    const gate = Promise.withResolvers<void>();
    google.settings.gate = gate.promise;
    const before = google.asked();
    const answers: Answer[] = [];
    // Renewed after 9 to 12 s; the first one is used for 14.
    await until(
      "a question for another token",
      30_000,
      async () => {
        answers.push(await ask(edge, "/"));
        return google.asked() - before;
      },
      (asked) => asked > 0,
    );
    // The issuer does not answer, requests do, with the first token.
    for (let at = 0; at < 20; at += 1) answers.push(await ask(edge, "/"));
    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([first]));
    gate.resolve();
    await until(
      "another token",
      10_000,
      async () => {
        answers.push(await ask(edge, "/"));
        return answers.at(-1)!.text;
      },
      (text) => text !== first,
    );
    expect(new Set(answers.map(statusOf))).toEqual(new Set([200]));
    expect(google.asked() - before).toBe(1);
    expect(origin.admitted.length).toBeGreaterThan(20);
  });

  it("is used to its real end when the issuer is down; then nothing is sent, until it is back", async () => {
    const { edge, origin, logs, last } = await steadily(400, async (machine) => {
      const cold = await coldEdge("down");
      machine.begin(cold.edge);
      google.settings.lifetimeS = 6;
      const startedMs = performance.now();
      expect((await ask(cold.edge, "/")).status).toBe(200);
      google.settings.isDown = true;
      let answer: Answer;
      let goodUntilMs = 0;
      do {
        answer = await ask(cold.edge, "/");
        if (answer.status === 200) goodUntilMs = performance.now();
        await pause(50);
      } while (answer.status === 200);
      // Six seconds, less the one that may be cut off.
      expect(goodUntilMs - startedMs).toBeGreaterThan(4_500);
      return { ...cold, last: answer };
    });
    const seen = origin.stats().requests;
    expect([last.status, last.headers["x-heddle-flags"]]).toEqual([503, expect.stringContaining("UF")]);
    const { problems } = await stateOf(edge);
    expect(problems).toContain("credential run: the issuer answers 503 (backend_error)");
    expect((await ask(edge, "/")).status).toBe(503);
    expect(origin.stats().requests).toBe(seen);

    google.settings.isDown = false;
    await expect.poll(async () => (await ask(edge, "/")).status, { timeout: 20_000, interval: 200 }).toBe(200);
    expect((await stateOf(edge)).problems).toEqual([]);
    const told = JSON.stringify([problems, logs]);
    expect(told).not.toMatch(/PRIVATE KEY|eyJ|error_description|word:/);
  });
});

describe("a token that an origin refuses", () => {
  it("is renewed, and once only however many requests are refused", async () => {
    const { edge, origin } = await coldEdge("revoked");
    const first = (await ask(edge, "/")).text;
    const before = google.asked();
    origin.revoked.add(first);
    // What is refused is passed on: it was sent.
    expect((await ask(edge, "/")).status).toBe(401);
    await expect.poll(async () => (await ask(edge, "/")).status).toBe(200);
    expect(google.asked() - before).toBe(1);

    origin.refuseAll();
    for (let i = 0; i < 30; i += 1) expect((await ask(edge, "/")).status).toBe(401);
    expect(google.asked() - before).toBe(1);
  });
});

describe("without what it takes to get a token", () => {
  const credential = (over: object) => ({
    credentials: {
      run: {
        type: "GoogleIDToken",
        serviceAccountKey: { secret: "RUN_KEY" },
        audience: AUDIENCE,
        tokenUrl: google.tokenUrl,
        header: HEADER,
        ...over,
      } as NonNullable<MeshConfigInput["credentials"]>[string],
    },
  });

  let edge: Edge;
  let origin: GuardedOrigin;
  let asked = 0;

  beforeEach(() => {
    asked = google.asked();
  });

  async function refusedWith(problem: string): Promise<void> {
    expect((await ask(edge, "/")).status).toBe(503);
    expect(origin.stats().requests).toBe(0);
    expect(google.asked()).toBe(asked);
    expect((await stateOf(edge)).problems).toContainEqual(expect.stringContaining(problem));
  }

  it("nothing is sent: the secret is absent", async () => {
    ({ edge, origin } = await coldEdge("absent", credential({ serviceAccountKey: { secret: "NO_KEY" } })));
    await refusedWith("credential run: the secret NO_KEY is absent");
  });

  it("nothing is sent, and nobody asked: the token URL is one that must not be", async () => {
    ({ edge, origin } = await coldEdge("forbidden", { authentication: { allow: [] } }));
    await refusedWith("credential run: the token URL leads to the machine itself");
  });
});

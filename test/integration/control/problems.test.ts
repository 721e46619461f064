/** A service that is well and gets no request, for want of a secret: what the API and `heddle status` say of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCli } from "../cli-process.ts";
import { ask } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { type Api, startApi } from "./api-client.ts";

const own = createResources();
let api: Api;
let lost = 0;

beforeAll(async () => {
  const origin = await own.origin("shop", {
    onRequest: () => {
      lost++;
    },
  });
  api = await startApi(`
credentials:
  partner: { type: Headers, headers: { x-api-key: { secret: PARTNER_KEY } } }
services:
  lacking: { endpoints: [{ id: a, url: "${origin.url}" }, { id: b, url: "${origin.url}/b" }], credentials: [partner] }
  half: { endpoints: [{ id: c, url: "${origin.url}", credentials: [partner] }, { id: d, url: "${origin.url}" }] }
  well: { endpoints: [{ id: e, url: "${origin.url}" }] }
routes: [{ rules: [{ backendRefs: [{ service: lacking }] }] }]
`);
});
afterAll(async () => {
  await api?.stop();
  await own.close();
});

const PROBLEM = { detail: "credential partner: the secret PARTNER_KEY is absent" };

describe("a service whose requests lack a secret", () => {
  it("answers nobody, and is said to by the API: which secret, and whether it is all of its endpoints", async () => {
    expect((await ask(api.edge, "/")).status).toBeGreaterThanOrEqual(500);
    expect(lost).toBe(0);
    const { json } = await api.ask("/v1/services");
    const problems = Object.fromEntries(
      json.items.map((one: { service: string; problems: unknown }) => [one.service, one.problems]),
    );
    expect(problems).toEqual({
      lacking: [{ ...PROBLEM, endpoints: ["a", "b"], all: true }],
      half: [{ ...PROBLEM, endpoints: ["c"], all: false }],
      well: [],
    });
    expect(json.problems).toEqual([PROBLEM.detail]);
    expect((await api.ask("/v1/services/lacking")).json.problems).toMatchObject([{ ...PROBLEM, all: true }]);
  });

  it("is down in the picture of the traffic, and one that some endpoints of get nothing is degraded", async () => {
    const { json } = await api.ask("/v1/topology");
    const told = json.services.map((one: { name: string; health: string; problems: unknown }) => [
      one.name,
      one.health,
      one.problems,
    ]);
    expect(told).toEqual([
      ["half", "degraded", [{ ...PROBLEM, endpoints: ["c"], all: false }]],
      ["lacking", "down", [{ ...PROBLEM, endpoints: ["a", "b"], all: true }]],
      ["well", "healthy", []],
    ]);
  });

  it("is not told to a token for other services", async () => {
    const token = await api.token(["read"], ["well"]);
    for (const path of ["/v1/services", "/v1/topology"]) {
      const { json } = await api.ask(path, { token });
      expect(JSON.stringify(json), path).not.toContain("PARTNER_KEY");
    }
  });

  it("is down in heddle status, with what to do about it, and the exit code says so", async () => {
    const env = { HEDDLE_CONTROL_URL: api.edge.controlUrl!, HEDDLE_TOKEN: api.edge.controlToken!, COLUMNS: "300" };
    const folder = await own.folder();
    const status = (...more: readonly string[]) => startCli(["status", ...more], folder, env).exited;
    const all = await status();
    expect(all.code).toBe(1);
    expect(all.stdout + all.stderr).toMatch(/lacking +down/);
    expect(all.stdout).toMatch(/half +degraded/);
    expect(all.stdout).toMatch(/well +healthy/);
    expect(all.stdout).toContain(
      "! lacking: no request is answered: credential partner: the secret PARTNER_KEY is absent",
    );
    expect(all.stdout).toContain("npx wrangler secret put PARTNER_KEY");
    expect(all.stdout).toContain("! half: no request is sent to c:");
    const one = await status("lacking", "--json");
    expect(one.code).toBe(1);
    expect(JSON.parse(one.stdout)).toMatchObject({ ok: false, service: { health: "down", problems: [{ all: true }] } });
  });
});

/**
 * Path confusion: a policy and an origin that read one path differently. Thousands of spellings are sent to a mesh that denies
 * /admin; whatever reaches the origin must not be /admin in any of the ways in which servers read paths.
 */
import { Agent, request } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath, serviceOf } from "../harness/rules.ts";
import { READERS } from "./origin-readings.ts";

const own = createResources();
afterAll(own.close);

const SPELLINGS = 3_000;
const IN_PARALLEL = 8;

/** "%" with what follows, parts of what is denied, and everything that some server takes for a separator or an end. */
const PIECES = [
  ..."//////....;;%?#&=+~:@",
  ..."admin",
  "admin",
  "admin",
  "/admin",
  "x",
  "public",
  "..",
  "../",
  "/..",
  "\\",
  "%2f",
  "%2F",
  "%5c",
  "%5C",
  "%2e",
  "%2E%2e",
  "%252e%252e",
  "%252f",
  "%25252f",
  "%255c",
  "%61dmin",
  "%2561dmin",
  "a%64min",
  ";x=1",
  "..;",
  "..;a=b/",
  "%3b",
  "%253b",
  "%00",
  "%2500",
  "%3f",
  "%253f",
  "%23",
  "%20",
  "%09",
  "%0a",
  "%c0%af",
  "%C0%AE%c0%ae",
  "%e0%80%af",
  "%c1%a1dmin",
  "%u002f",
  "é",
  "%ef%bc%8f",
] as const;

describe("paths", () => {
  let edge: Edge;
  const seen: string[] = [];
  const agent = new Agent({ keepAlive: true, maxSockets: IN_PARALLEL });
  afterAll(() => agent.destroy());

  beforeAll(async () => {
    const origin = await own.origin("origin", { onRequest: (incoming) => void seen.push(incoming.url!) });
    const to = { backendRefs: [{ service: "s" }] };
    const denied = {
      policies: [{ action: "DENY" as const, rules: [{ to: [{ operation: { paths: ["/admin", "/admin/*"] } }] }] }],
    };
    edge = await own.edge(
      rulesByPath(
        { s: serviceOf([origin]) },
        {
          "/": { ...to, authorization: denied },
          "/refusing": { ...to, bounds: { ambiguousPaths: "refuse" } },
          "/hidden": { ...to, bounds: { deniedPaths: [{ value: "/hidden/admin" }] } },
        },
      ),
    );
  });
  beforeEach(() => {
    seen.length = 0;
  });

  /** The status of a path sent as it is written; 0 where the client library or workerd would not have it. */
  function statusOf(path: string): Promise<number> {
    return new Promise((resolve) => {
      const sent = request({ host: "127.0.0.1", port: edge.port, path, agent }, (response) => {
        response.resume().on("end", () => resolve(response.statusCode!));
      });
      sent.on("error", () => resolve(0));
      sent.end();
    });
  }

  it(`that are denied reach no origin in any of ${SPELLINGS} spellings and ${READERS.length} readings`, async () => {
    const spelling = fc
      .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 })
      .map((all) => `/${all.join("")}`);
    const paths = fc
      .sample(spelling, { seed: 20_261_121, numRuns: SPELLINGS })
      .map((path) => Buffer.from(path).toString("latin1"));
    const statuses = new Map<number, number>();
    let next = 0;
    const work = async () => {
      while (next < paths.length) {
        const status = await statusOf(paths[next++]!);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: IN_PARALLEL }, work));
    const reached = seen.flatMap((target) =>
      READERS.filter(({ read }) => /^\/admin(\/|$)/.test(read(target) ?? "")).map(({ name }) => `${target}: ${name}`),
    );
    expect(reached).toEqual([]);
    // The test says something only if many of both kinds were there.
    expect(statuses.get(403)).toBeGreaterThan(SPELLINGS / 20);
    expect(seen.length).toBeGreaterThan(SPELLINGS / 20);
    expect([...statuses.keys()].filter((status) => ![0, 200, 400, 403].includes(status))).toEqual([]);
  });

  it("of which each reading of those servers would be /admin are refused, all of them", async () => {
    const ways = [
      "/admin",
      "//admin",
      "/x/..//admin",
      "/%61dmin",
      "/x/..;/admin",
      "/;/admin",
      "/x%2f..%2fadmin",
      "/x%252f..%252fadmin",
      "/admin%00.css",
      "/admin%3fx",
      "/admin%23x",
      "/x/%c0%ae%c0%ae/admin",
      "/x\\..\\admin",
      "/%2561dmin",
    ];
    const statuses = await Promise.all(ways.map((path) => statusOf(path)));
    expect(statuses).toEqual(ways.map(() => 403));
    for (const { name, read } of READERS) {
      expect(
        ways.some((path) => read(path) === "/admin"),
        `${name} never gets there: it tests nothing`,
      ).toBe(true);
    }
  });

  it("that can be read in several ways are refused at once where the config says so", async () => {
    for (const path of ["/refusing/a;b", "/refusing/a%2Fb", "/refusing/%255c", "/refusing/a%3Fb", "/refusing/%c0%af"]) {
      expect([path, await statusOf(path)]).toEqual([path, 400]);
    }
    expect(await statusOf("/refusing/caf%C3%A9%20b")).toBe(200);
  });

  // What names the same only for some origins is not held by a policy; where it matters, a bound is there for it.
  it("that differ by case are two paths for policies, as in Istio, and one for deniedPaths", async () => {
    expect([await statusOf("/ADMIN"), await statusOf("/Admin/x")]).toEqual([200, 200]);
    expect([await statusOf("/hidden/ADMIN"), await statusOf("/hidden/aDmin/x")]).toEqual([403, 403]);
  });

  it.each(["/admin.", "/admin%20", "/admin::$DATA", "/%EF%BC%8Fadmin", "/adm%C4%B1n"])(
    "like %s, which file systems and best-fit tables may take for another, are not held: they are other names",
    async (path) => {
      expect(await statusOf(path)).toBe(200);
      expect(seen).toEqual([path]);
    },
  );

  it("in the query are not paths", async () => {
    expect((await ask(edge, "/x?path=/admin&y=%2fadmin")).status).toBe(200);
    expect(seen).toEqual(["/x?path=/admin&y=%2fadmin"]);
  });
});

import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { ask, attemptsOf } from "../harness/ask.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath, serviceOf } from "../harness/rules.ts";
import { stateOf } from "../harness/state.ts";
import { talk, webSocketOrigin } from "../harness/web-socket.ts";

const own = createResources();
afterAll(own.close);

const ENTRY = join(import.meta.dirname, "worker/extended.ts");
const OBJECTS = [
  { binding: "SERVICE_MONITOR", className: "ServiceMonitor" },
  { binding: "MESH_CONFIG", className: "MeshConfig" },
  { binding: "ROLLOUT", className: "Rollout" },
];
const ext = (name: string, settings: Record<string, unknown> = {}) =>
  ({ type: "ExtensionRef", extensionRef: { name, settings } }) as const;
const mark = (text: string) => ext("marks", { mark: text });
const set = (name: string, value: string) => ({
  type: "ResponseHeaderModifier" as const,
  responseHeaderModifier: { set: [{ name, value }] },
});

describe("code from outside", () => {
  let edge: Edge;
  let last: IncomingMessage | undefined;
  let upgrade = "";
  /** What origin a says in x-said, and with which status. */
  let said = "";
  let status = 200;

  beforeAll(async () => {
    const onRequest = (request: IncomingMessage) => {
      last = request;
    };
    const a = await own.origin("a", {
      onRequest,
      respond: (_, response) => void response.writeHead(status, said === "" ? {} : { "x-said": said }).end("a secret"),
    });
    const b = await own.origin("b", { onRequest, respond: (_, response) => void response.end("b secret") });
    const socket = await own.rawOrigin("socket", (connection) =>
      webSocketOrigin(connection, (head) => {
        upgrade = head;
      }),
    );
    const backendRefs = [{ service: "shop" }];
    const through = (...filters: readonly ReturnType<typeof ext>[]) => ({ filters: [...filters], backendRefs });
    edge = await own.edge(
      rulesByPath(
        {
          shop: serviceOf([a]),
          socket: serviceOf([socket]),
          last: serviceOf([a, b], { loadBalancing: { policy: "extension", extension: { name: "last" } } }),
          broken: serviceOf([a, b], { loadBalancing: { policy: "extension", extension: { name: "broken" } } }),
          judged: serviceOf([a, b], {
            loadBalancing: { policy: "weighted" },
            outcomeClassifier: { name: "byHeader", settings: { header: "x-said" } },
            failover: { mode: "direct" },
          }),
        },
        {
          "/order": {
            name: "order",
            filters: [mark("1"), mark("2"), set("x-set", "yes")],
            backendRefs: [{ service: "shop", filters: [mark("3")] }],
          },
          "/answers": { filters: [mark("1"), ext("answers"), mark("2"), set("x-set", "yes")], backendRefs },
          "/redirect": {
            filters: [mark("1"), { type: "RequestRedirect", requestRedirect: { hostname: "other.example" } }],
          },
          "/moves": through(ext("movesAway")),
          "/redacts": through(ext("redacts")),
          "/throws": { filters: [mark("1"), ext("throws"), set("x-set", "yes")], backendRefs },
          "/throws-late": through(ext("throwsLate")),
          "/hangs": through(ext("hangs")),
          "/skips": through(ext("skipped"), ext("skippedLate"), mark("1")),
          "/nonsense": through(ext("nonsense")),
          "/watches": through(ext("watches")),
          "/socket": { filters: [mark("1")], backendRefs: [{ service: "socket" }] },
          "/last": { backendRefs: [{ service: "last" }] },
          "/broken": { backendRefs: [{ service: "broken" }] },
          "/judged": { backendRefs: [{ service: "judged" }] },
        },
      ),
      { entry: ENTRY, namespaces: OBJECTS, bindings: { SEEN: "the Worker's own binding" } },
    );
  });

  describe("as a filter", () => {
    it("sees requests in the order of the config and answers in the opposite one, the rule's around the backend's", async () => {
      const answer = await ask(edge, "/order");
      expect(last!.headers["x-passed"]).toBe("1, 2, 3");
      expect(last!.headers["x-place"]).toBe("route-0/order");
      expect(answer.headers["x-returned"]).toBe("3, 2, 1");
      expect(answer.headers["x-set"]).toBe("yes");
    });

    it("may answer; those it passed on the way see that, those behind it nothing", async () => {
      last = undefined;
      const answer = await ask(edge, "/answers", { method: "POST", body: "unread" });
      expect([answer.status, answer.text]).toEqual([202, "from the filter"]);
      expect([answer.headers["x-returned"], answer.headers["x-set"]]).toEqual(["1", "yes"]);
      expect(last).toBeUndefined();
    });

    it("sees answers of the mesh as well", async () => {
      const answer = await ask(edge, "/redirect");
      expect([answer.status, answer.headers["x-returned"]]).toEqual([302, "1"]);
    });

    it("may ask for another path, in its normal form, and for no other host", async () => {
      const answer = await ask(edge, "/moves");
      expect([answer.status, last!.url]).toEqual([200, "/to/a?q=1"]);
      expect(last!.headers["x-forwarded-host"]).not.toContain("elsewhere");
    });

    it("may change a body", async () => {
      expect((await ask(edge, "/redacts")).text).toBe("a ***");
    });

    it("lets bodies through as they stream", async () => {
      const answer = await ask(edge, "/order", { method: "PUT", body: "x".repeat(300_000) });
      expect([answer.status, answer.text]).toEqual([200, "a secret"]);
    });

    it.each(["/throws", "/throws-late", "/hangs", "/nonsense"])("refuses when it fails: %s", async (path) => {
      const answer = await ask(edge, path);
      expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([500, "FE"]);
      expect(answer.text).not.toContain("secret");
      expect(answer.text).not.toContain("broken");
      if (path === "/throws") expect(answer.headers["x-set"]).toBe("yes");
    });

    it("is passed over when it says so", async () => {
      const answer = await ask(edge, "/skips");
      expect([answer.status, answer.text, answer.headers["x-returned"]]).toEqual([200, "a secret", "1"]);
    });

    it("sees WebSockets on their way in, and leaves them alone on their way out", async () => {
      const text = await talk(edge, "/socket", { host: "a.test" });
      expect(text).toMatch(/^HTTP\/1\.1 101 /);
      expect(text).toContain("echo two");
      expect(text.toLowerCase()).not.toContain("x-returned");
      expect(upgrade.toLowerCase()).toContain("x-passed: 1");
    });

    it("has the Worker's bindings", async () => {
      expect((await ask(edge, "/watches")).text).toBe("the Worker's own binding");
    });
  });

  describe("as a balancing policy", () => {
    it("picks", async () => {
      for (let i = 0; i < 10; i += 1) expect((await ask(edge, "/last")).text).toBe("b secret");
    });

    it("is overruled when it fails, and everybody is served", async () => {
      const texts = new Set<string>();
      for (let i = 0; i < 30; i += 1) texts.add((await ask(edge, "/broken")).text);
      expect(texts).toEqual(new Set(["a secret", "b secret"]));
    });
  });

  describe("as a classifier", () => {
    const judged = async (says: string, answersWith: number) => {
      said = says;
      status = answersWith;
      const answers = [];
      for (let i = 0; i < 12; i += 1) answers.push(await ask(edge, "/judged"));
      said = "";
      status = 200;
      return answers;
    };

    it("leaves answers to their status when it says nothing, or fails", async () => {
      for (const { status: seen } of await judged("", 200)) expect(seen).toBe(200);
      for (const { status: seen } of await judged("throw", 200)) expect(seen).toBe(200);
      for (const { status: seen } of await judged("wonderful", 200)) expect(seen).toBe(200);
    });

    it("lets errors that are meant through, without a retry", async () => {
      const answers = await judged("ok", 500);
      const meant = answers.filter(({ text }) => text === "a secret");
      expect(meant.length).toBeGreaterThan(0);
      for (const { status: seen, headers } of meant) expect([seen, attemptsOf(headers)]).toEqual([500, ["a:ok"]]);
    });

    it("has good-looking failures tried elsewhere", async () => {
      const answers = await judged("failure", 200);
      for (const { text } of answers) expect(text).toBe("b secret");
      expect(answers.flatMap(({ headers }) => attemptsOf(headers))).toContain("a:5xx");
    });
  });

  it("is told on when it fails", async () => {
    const { problems } = await stateOf(edge);
    for (const name of ['filter "throws"', 'filter "hangs"', 'filter "skipped"', 'policy "broken"', '"byHeader"']) {
      expect(problems.join("\n")).toContain(name);
    }
  });
});

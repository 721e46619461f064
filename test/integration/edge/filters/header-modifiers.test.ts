import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { askRaw } from "../../harness/ask.ts";
import { onRequestHead } from "../../harness/raw-origin.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath, serviceOf } from "../../harness/rules.ts";

const own = createResources();
afterAll(own.close);

const ANSWER = [
  "HTTP/1.1 200 OK",
  "content-length: 2",
  "x-set: theirs",
  "x-add: a",
  "x-add: b",
  "x-remove: 1",
  "x-latin: \xe9",
  "set-cookie: a=1; Path=/",
  "set-cookie: b=2",
  "",
  "ok",
].join("\r\n");

const changes = (mark: string) => ({
  set: [
    { name: "X-Set", value: mark },
    { name: "x-empty", value: "" },
  ],
  add: [
    { name: "X-Add", value: mark },
    { name: "x-new", value: "é" },
  ],
  remove: ["X-REMOVE"],
});

/** Name and value of each line, in the order of the wire. */
const linesOf = (head: string) =>
  head
    .split("\r\n\r\n")[0]!
    .split("\r\n")
    .slice(1)
    .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const);
const valuesIn = (head: string, name: string) => linesOf(head).flatMap(([key, value]) => (key === name ? [value] : []));

describe("header modifiers", () => {
  let edge: Edge;
  let sent = "";

  beforeAll(async () => {
    const origin = await own.rawOrigin("raw", (socket) =>
      onRequestHead(socket, (head) => {
        sent = head;
        socket.write(ANSWER, "latin1");
      }),
    );
    const dead = { name: "dead", url: "http://127.0.0.1:1" };
    const ofRequests = { type: "RequestHeaderModifier", requestHeaderModifier: changes("rule") } as const;
    const ofAnswers = { type: "ResponseHeaderModifier", responseHeaderModifier: changes("rule") } as const;
    edge = await own.edge(
      rulesByPath(
        { shop: serviceOf([origin]), dead: serviceOf([dead], { retry: { attempts: 0 } }) },
        {
          "/requests": { filters: [ofRequests], backendRefs: [{ service: "shop" }] },
          "/answers": { filters: [ofAnswers], backendRefs: [{ service: "shop" }] },
          "/both": {
            filters: [ofRequests, ofAnswers],
            backendRefs: [
              {
                service: "shop",
                filters: [
                  { type: "RequestHeaderModifier", requestHeaderModifier: changes("backend") },
                  { type: "ResponseHeaderModifier", responseHeaderModifier: changes("backend") },
                ],
              },
            ],
          },
          "/forge": {
            filters: [
              {
                type: "RequestHeaderModifier",
                requestHeaderModifier: {
                  set: [
                    { name: "x-forwarded-host", value: "forged" },
                    { name: "x-forwarded-proto", value: "forged" },
                  ],
                },
              },
            ],
            backendRefs: [{ service: "shop" }],
          },
          "/dead": { filters: [ofAnswers], backendRefs: [{ service: "dead" }] },
          "/answered": {
            filters: [
              ofAnswers,
              { type: "DirectResponse", directResponse: { status: 200, headers: { "x-set": "direct" }, body: "here" } },
            ],
          },
        },
      ),
      { dev: false },
    );
  });

  const exchange = (path: string, ...lines: string[]) =>
    askRaw(edge, [`GET ${path} HTTP/1.1`, "host: a.test", ...lines, "connection: close", "", ""].join("\r\n"));

  it("set, add and remove on the way to the endpoint, whatever the case of the names", async () => {
    await exchange("/requests", "x-SET: mine", "x-add: 1", "x-Add: 2", "x-remove: 1", "X-Remove: 2", "x-other: 1");
    expect(valuesIn(sent, "x-set")).toEqual(["rule"]);
    expect(valuesIn(sent, "x-add")).toEqual(["1", "2", "rule"]);
    expect(valuesIn(sent, "x-remove")).toEqual([]);
    expect(valuesIn(sent, "x-other")).toEqual(["1"]);
  });

  it("may set a header to nothing, and write what is not ASCII as UTF-8", async () => {
    await exchange("/requests");
    expect(valuesIn(sent, "x-empty")).toEqual([""]);
    expect(valuesIn(sent, "x-new")).toEqual(["\xc3\xa9"]);
  });

  it("leave the bytes of other headers as they are, be they Latin-1, UTF-8 or none", async () => {
    await exchange("/requests", "x-latin: caf\xe9", "x-utf: caf\xc3\xa9", "x-none:", "x-many: a, b", "x-many: c");
    expect(valuesIn(sent, "x-latin")).toEqual(["caf\xe9"]);
    expect(valuesIn(sent, "x-utf")).toEqual(["caf\xc3\xa9"]);
    expect(valuesIn(sent, "x-none")).toEqual([""]);
    expect(valuesIn(sent, "x-many")).toEqual(["a, b", "c"]);
  });

  it("pass 100 KB of headers", async () => {
    const many = Array.from({ length: 100 }, (_, at) => `x-large-${at}: ${"x".repeat(1_000)}`);
    await exchange("/requests", ...many, "x-add: 1");
    expect(linesOf(sent).filter(([name, value]) => name.startsWith("x-large-") && value.length === 1_000)).toHaveLength(
      100,
    );
    expect(valuesIn(sent, "x-add")).toEqual(["1", "rule"]);
  });

  it("set, add and remove in the answer, cookies and odd bytes kept apart", async () => {
    const received = await exchange("/answers");
    expect(valuesIn(received, "x-set")).toEqual(["rule"]);
    expect(valuesIn(received, "x-add")).toEqual(["a", "b", "rule"]);
    expect(valuesIn(received, "x-remove")).toEqual([]);
    expect(valuesIn(received, "x-empty")).toEqual([""]);
    expect(valuesIn(received, "x-latin")).toEqual(["\xe9"]);
    expect(valuesIn(received, "set-cookie")).toEqual(["a=1; Path=/", "b=2"]);
    expect(received.endsWith("\r\n\r\nok")).toBe(true);
  });

  it("of a backend come after its rule's", async () => {
    const received = await exchange("/both", "x-set: mine", "x-add: mine");
    expect(valuesIn(sent, "x-set")).toEqual(["backend"]);
    expect(valuesIn(sent, "x-add")).toEqual(["mine", "rule", "backend"]);
    expect(valuesIn(received, "x-set")).toEqual(["backend"]);
    expect(valuesIn(received, "x-add")).toEqual(["a", "b", "rule", "backend"]);
  });

  it("do not change what the mesh itself says", async () => {
    await exchange("/forge", "x-heddle-timeout-ms: 999999");
    expect(valuesIn(sent, "x-forwarded-host")).toEqual(["a.test"]);
    expect(valuesIn(sent, "x-forwarded-proto")).toEqual(["http"]);
    expect(Number(valuesIn(sent, "x-heddle-timeout-ms")[0])).toBeLessThan(60_000);
  });

  it("change the mesh's own answers too", async () => {
    const refused = await exchange("/dead");
    expect(refused).toMatch(/^HTTP\/1\.1 503 /);
    expect(valuesIn(refused, "x-set")).toEqual(["rule"]);
    expect(valuesIn(refused, "x-heddle-flags")).toEqual(["URX,UF"]);
    const direct = await exchange("/answered");
    expect(valuesIn(direct, "x-set")).toEqual(["rule"]);
    expect(direct.endsWith("\r\n\r\nhere")).toBe(true);
  });
});

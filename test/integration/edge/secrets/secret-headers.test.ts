import type { IncomingHttpHeaders } from "node:http";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../../src/config/schema/mesh.ts";
import { ask } from "../../harness/ask.ts";
import { createResources } from "../../harness/resources.ts";
import { rulesByPath } from "../../harness/rules.ts";
import { serviceIn, stateOf } from "../../harness/state.ts";

type Filter = NonNullable<MeshConfigInput["routes"][number]["rules"][number]["filters"]>[number];

const own = createResources();
const TOKEN = "token-of-the-shop-that-nobody-may-see";
const KEY = "key-of-the-filter-that-nobody-may-see";
const PROBE = "key-of-the-probe-that-nobody-may-see";

describe("headers whose values are secrets", () => {
  let edge: Edge;
  let log = "";
  const seen: Record<string, { path: string; headers: IncomingHttpHeaders }[]> = {};
  const lastAt = (origin: string, path: string) => seen[origin]?.findLast((one) => one.path === path)?.headers;

  beforeAll(async () => {
    const [shop, locked, copy] = await Promise.all(
      ["shop", "locked", "copy"].map((name) =>
        own.origin(name, {
          onRequest: ({ url = "", headers }) => {
            seen[name] = [...(seen[name] ?? []), { path: url, headers }];
          },
        }),
      ),
    );
    const to = { backendRefs: [{ service: "shop" }] };
    const setting = (value: { secret: string; prefix?: string }, name = "X-Filter-Key") =>
      ({
        type: "RequestHeaderModifier" as const,
        requestHeaderModifier: {
          set: [
            { name, value },
            { name: "x-plain", value: "plain" },
          ],
        },
      }) satisfies Filter;
    const config = rulesByPath(
      {
        shop: {
          endpoints: [
            { id: "shop", url: shop!.url, headers: { authorization: { secret: "SHOP_TOKEN", prefix: "Bearer " } } },
          ],
          healthChecks: [{ path: "/probe", interval: "100ms", headers: { "x-probe-key": { secret: "PROBE_KEY" } } }],
        },
        locked: {
          endpoints: [{ id: "locked", url: locked!.url, headers: { "x-key": { secret: "NOT_THERE" } } }],
          healthChecks: [{ path: "/probe", interval: "100ms" }],
        },
        half: {
          endpoints: [
            { id: "locked", url: locked!.url, headers: { "x-key": { secret: "NOT_THERE" } } },
            { id: "shop", url: shop!.url, priority: 1 },
          ],
        },
        gone: {
          endpoints: [{ id: "gone", url: "http://127.0.0.1:1" }],
          retry: { attempts: 0 },
          fallback: [{ service: "copy" }],
        },
        copy: { endpoints: [{ id: "copy", url: copy!.url }] },
      },
      {
        "/plain": to,
        "/filter": { ...to, filters: [setting({ secret: "FILTER_KEY" })] },
        "/missing": { ...to, filters: [setting({ secret: "NOT_THERE" })] },
        "/mirrored": {
          ...to,
          filters: [
            setting({ secret: "FILTER_KEY" }),
            { type: "RequestMirror", requestMirror: { backendRef: { service: "copy" } } },
          ],
        },
        "/fallen": {
          backendRefs: [{ service: "gone", filters: [setting({ secret: "SHOP_TOKEN" }, "x-backend-key")] }],
          filters: [setting({ secret: "FILTER_KEY" })],
        },
        "/locked": { backendRefs: [{ service: "locked" }] },
        "/half": { backendRefs: [{ service: "half" }] },
      },
    );
    edge = await own.edge(config, {
      bindings: { SHOP_TOKEN: TOKEN, FILTER_KEY: KEY, PROBE_KEY: PROBE },
      onLog: (line) => {
        log += `${line}\n`;
      },
    });
  });
  afterAll(() => own.close());

  it("go to their endpoint, in place of what the caller said", async () => {
    const answer = await ask(edge, "/plain/a", { headers: { authorization: "Bearer mine" } });
    expect(answer.status).toBe(200);
    expect(lastAt("shop", "/plain/a")?.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it("are set by filters beside plain ones, and are not sent to mirrors", async () => {
    expect((await ask(edge, "/mirrored/a", { headers: { "x-filter-key": "mine" } })).status).toBe(200);
    expect(lastAt("shop", "/mirrored/a")).toMatchObject({
      "x-filter-key": KEY,
      "x-plain": "plain",
      authorization: `Bearer ${TOKEN}`,
    });
    await vi.waitFor(() => expect(lastAt("copy", "/mirrored/a")).toBeDefined(), { timeout: 20_000 });
    const copied = lastAt("copy", "/mirrored/a");
    expect(copied).toMatchObject({ "x-plain": "plain" });
    expect(JSON.stringify(copied)).not.toContain(KEY);
    expect(copied).not.toHaveProperty("authorization");
  });

  it("of a rule's filters go to a fallback service, those of a backend's do not", async () => {
    expect((await ask(edge, "/fallen/a")).status).toBe(200);
    expect(lastAt("copy", "/fallen/a")).toMatchObject({ "x-filter-key": KEY });
    expect(JSON.stringify(lastAt("copy", "/fallen/a"))).not.toContain(TOKEN);
  });

  it("of filters that are missing are held against no endpoint, which other rules go on to use", async () => {
    for (let i = 0; i < 10; i += 1) expect((await ask(edge, "/missing/b")).status).toBe(503);
    const [shop] = serviceIn(await stateOf(edge), "shop").endpoints;
    expect(shop).toMatchObject({ id: "shop", ownOutForMs: 0, reason: "" });
  });

  it("are carried by checks", async () => {
    await ask(edge, "/plain/b");
    await vi.waitFor(() => expect(lastAt("shop", "/probe")).toBeDefined(), { timeout: 20_000 });
    expect(lastAt("shop", "/probe")).toMatchObject({ "x-probe-key": PROBE, authorization: `Bearer ${TOKEN}` });
  });

  it.each(["/locked/a", "/missing/a"])("keep a request from being sent when they are missing: %s", async (path) => {
    const answer = await ask(edge, path);
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain("NOT_THERE");
    expect(lastAt("shop", path)).toBeUndefined();
    expect(lastAt("locked", path)).toBeUndefined();
    await vi.waitFor(() => expect(log).toMatch(/attempt_not_sent.*NOT_THERE/), { timeout: 20_000 });
  });

  it("do not make an endpoint look dead when they are missing: the request goes elsewhere", async () => {
    for (let i = 0; i < 5; i += 1) expect((await ask(edge, "/half/a")).status).toBe(200);
    expect(lastAt("locked", "/half/a")).toBeUndefined();
    expect(lastAt("locked", "/probe")).toBeUndefined();
  });

  it("stand in no answer and in no line of the log", async () => {
    const answers = await Promise.all(
      ["/plain/c", "/filter/c", "/missing/c", "/locked/c"].map((path) => ask(edge, path)),
    );
    const told = `${JSON.stringify(answers.map(({ rawHeaders, status }) => [rawHeaders, status]))}${log}`;
    for (const secret of [TOKEN, KEY, PROBE]) expect(told).not.toContain(secret);
  });
});

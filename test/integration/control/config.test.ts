/** Applying configs over the admin API, on a real workerd. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "./api-client.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.stop());

const config = (host: string, more = "") => `services:
  shop:
    endpoints:
      - id: a
        url: "https://${host}"
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
${more}`;
const put = (text: string, tag: string | null, query = "", headers = {}) =>
  api.ask(`/v1/config${query}`, {
    method: "PUT",
    text,
    type: "application/yaml",
    headers: { ...(tag !== null && { "if-match": tag }), ...headers },
  });

describe("PUT /v1/config", () => {
  it("says what is bundled while nothing is applied, under the tag 0", async () => {
    const reply = await api.ask("/v1/config");
    expect(reply.json).toMatchObject({ version: null, source: null, bundled: { digest: expect.any(String) } });
    expect(reply.headers.get("etag")).toBe('"0"');
  });

  it("makes the first version on top of nothing, with its message and author", async () => {
    const message = encodeURIComponent("the first one, ünïcode");
    const reply = await put(config("one.example.com"), '"0"', "", { "x-heddle-message": message });
    expect(reply.status).toBe(201);
    expect(reply.headers.get("etag")).toBe('"1"');
    expect(reply.json.version).toMatchObject({
      version: 1,
      kind: "apply",
      author: "bootstrap",
      message: "the first one, ünïcode",
    });
    expect((await api.ask("/v1/config")).json.source.text).toBe(config("one.example.com"));
  });

  it("wants to know what it is based on", async () => {
    expect((await put(config("two.example.com"), null)).status).toBe(428);
    expect((await put(config("two.example.com"), "12")).status).toBe(400);
  });

  it("answers what is unchanged with a conflict that says so", async () => {
    const reply = await put(config("one.example.com"), '"1"');
    expect([reply.status, reply.json.error]).toEqual([409, "unchanged"]);
  });

  it("refuses what is based on another version, and says what that one changed", async () => {
    const reply = await put(config("two.example.com"), '"0"');
    expect(reply.status).toBe(412);
    expect(reply.json.current.version).toBe(1);
    expect(reply.json.diff.changes.length).toBeGreaterThan(0);
  });

  it("lets one of several writers win, and loses nothing of the others", async () => {
    const base = (await api.ask("/v1/config")).headers.get("etag");
    const hosts = Array.from({ length: 8 }, (_, i) => `race-${i}.example.com`);
    const replies = await Promise.all(hosts.map((host) => put(config(host), base)));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 412, 412, 412, 412, 412, 412, 412]);
    const winner = replies.findIndex(({ status }) => status === 201);
    expect((await api.ask("/v1/config")).json.source.text).toBe(config(hosts[winner]!));
    for (const { json } of replies.filter(({ status }) => status === 412)) expect(json.current.version).toBe(2);
  });

  it("gives every fault at once with its path and line, and changes nothing", async () => {
    const text = config("x.example.com", "nonsense: 1\n").replace("service: shop", "service: shopp");
    const reply = await put(text, '"2"');
    expect(reply.status).toBe(422);
    expect(reply.json.faults).toEqual([
      expect.objectContaining({ path: "routes[0].rules[0].backendRefs[0].service", line: 6 }),
      expect.objectContaining({ path: "nonsense", line: 7 }),
    ]);
    expect((await api.ask("/v1/config")).headers.get("etag")).toBe('"2"');
  });

  it.each([
    [
      "127.0.0.1",
      'leads to the machine itself (127.0.0.1): use a public name, or allow "loopback" in HEDDLE_ALLOW_ENDPOINTS of the control Worker',
    ],
    [
      "10.0.0.1",
      'leads into a private network (10.0.0.1): use a public name, or allow "private" in HEDDLE_ALLOW_ENDPOINTS of the control Worker',
    ],
    ["169.254.169.254", "is a cloud's metadata service (169.254.169.254): use the origin's own name"],
  ])("refuses an endpoint at %s, with its line", async (host, message) => {
    const reply = await put(config(host), '"2"');
    expect(reply.json.faults).toEqual([{ path: "services.shop.endpoints[0].url", line: 5, column: 14, message }]);
  });

  it("refuses to allow discovery what the deployment does not allow", async () => {
    const reply = await put(config("x.example.com", "discovery: { allow: [private] }\n"), '"2"');
    expect(reply.json.faults).toMatchObject([{ path: "discovery.allow[0]", line: 7 }]);
  });

  it("takes JSON too, with lines", async () => {
    const text = '{\n  "services": {},\n  "routes": 7\n}';
    const reply = await api.ask("/v1/config", {
      method: "PUT",
      text,
      type: "application/json",
      headers: { "if-match": '"2"' },
    });
    expect(reply.json.faults).toMatchObject([{ path: "routes", line: 3 }]);
  });

  it("tries a config without changing anything, for readers too", async () => {
    const token = await api.token(["read"]);
    const before = (await api.ask("/v1/config")).text;
    const tried = await api.ask("/v1/config?dryRun=true", {
      method: "PUT",
      text: config("dry.example.com"),
      type: "application/yaml",
      token,
    });
    expect([tried.status, tried.json.faults, tried.json.diff.changes.length > 0]).toEqual([200, [], true]);
    const real = await api.ask("/v1/config", { method: "PUT", text: "x: 1", type: "application/yaml", token });
    expect(real.status).toBe(403);
    expect((await api.ask("/v1/config")).text).toBe(before);
  });

  it("refuses more than it reads", async () => {
    const huge = `${config("x.example.com")}# ${"x".repeat(9_000_000)}`;
    expect((await put(huge, '"2"')).status).toBe(413);
  });

  it("gives a reader who has the version nothing again", async () => {
    const reply = await api.ask("/v1/config", { headers: { "if-none-match": '"2"' } });
    expect([reply.status, reply.text]).toEqual([304, ""]);
  });
});

describe("versions", () => {
  it("lists them in pages, newest first", async () => {
    await api.apply(config("three.example.com"));
    const first = (await api.ask("/v1/config/versions?limit=2")).json;
    const second = (await api.ask(`/v1/config/versions?limit=2&cursor=${first.next}`)).json;
    const numbers = [...first.items, ...second.items].map(({ version }: { version: number }) => version);
    expect(numbers).toEqual([3, 2, 1]);
    expect(second.next).toBeNull();
  });

  it("goes back to the content of a former one, as a new version", async () => {
    const reply = await api.ask("/v1/config/rollback", { method: "POST", json: { to: 1, message: "back" } });
    expect(reply.json.version).toMatchObject({ version: 4, kind: "rollback", of: 1 });
    expect((await api.ask("/v1/config")).json.source.text).toBe(config("one.example.com"));
  });

  it("says what changed between two", async () => {
    const { changes } = (await api.ask("/v1/config/versions/1/diff?to=3")).json.diff;
    expect(changes.map(({ name }: { name: string }) => name.split("/")[0])).toContain("shop");
    expect((await api.ask("/v1/config/versions/1/diff?to=4")).json.diff.changes).toEqual([]);
  });

  it("pins and unpins, with an entry for what did change", async () => {
    await api.ask("/v1/config/versions/1/pin", { method: "PUT" });
    await api.ask("/v1/config/versions/1/pin", { method: "PUT" });
    expect((await api.ask("/v1/config/versions/1")).json.meta.pinned).toBe(true);
    await api.ask("/v1/config/versions/1/pin", { method: "DELETE" });
    const { items } = (await api.ask("/v1/audit?action=config.pin")).json;
    expect(items).toHaveLength(1);
    expect((await api.ask("/v1/config/versions/99/pin", { method: "PUT" })).status).toBe(404);
  });

  it("leaves an audit entry for every change: who, what, before and after", async () => {
    const { items } = (await api.ask("/v1/audit?action=config&limit=2")).json;
    expect(items[1]).toMatchObject({
      actor: "bootstrap",
      via: "bootstrap",
      action: "config.pin",
      target: "1",
      before: { pinned: false },
      after: { pinned: true },
    });
  });
});

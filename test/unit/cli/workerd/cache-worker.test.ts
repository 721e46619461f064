import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import cache from "../../../../src/cli/workerd/cache-worker.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

let page = 0;
const freshUrl = () => `https://cache.test/${page++}`;
const put = (url: string, head: string, body = "hello", headers: Record<string, string> = {}) =>
  cache.fetch(new Request(url, { method: "PUT", headers, body: `HTTP/1.1 ${head}\r\n\r\n${body}` }));
const get = (url: string, headers: Record<string, string> = {}) => cache.fetch(new Request(url, { headers }));

describe("the local cache", () => {
  it("gives back what was stored, with its age, while it is fresh", async () => {
    const url = freshUrl();
    expect((await put(url, "200 OK\r\nCache-Control: max-age=60\r\nX-A: b")).status).toBe(204);
    vi.setSystemTime(1_000_000 + 59_999);
    const hit = await get(url);
    expect([hit.status, await hit.text()]).toEqual([200, "hello"]);
    expect(Object.fromEntries(hit.headers)).toEqual({
      "cache-control": "max-age=60",
      "x-a": "b",
      "cf-cache-status": "HIT",
      age: "59",
    });
    vi.setSystemTime(1_000_000 + 60_000);
    const miss = await get(url);
    expect([miss.status, miss.headers.get("cf-cache-status")]).toEqual([504, "MISS"]);
  });

  it("knows named caches apart", async () => {
    const url = freshUrl();
    await put(url, "200 OK\r\ncache-control: max-age=60", "named", { "cf-cache-namespace": "a" });
    expect((await get(url)).status).toBe(504);
    expect(await (await get(url, { "cf-cache-namespace": "a" })).text()).toBe("named");
  });

  it("replaces and deletes", async () => {
    const url = freshUrl();
    await put(url, "200 OK\r\ncache-control: max-age=60", "old");
    await put(url, "200 OK\r\ncache-control: max-age=60", "new");
    expect(await (await get(url)).text()).toBe("new");
    const purge = () => cache.fetch(new Request(url, { method: "PURGE" }));
    expect([(await purge()).status, (await purge()).status]).toEqual([200, 404]);
  });

  it("keeps every byte, and a body that is sent in chunks", async () => {
    const url = freshUrl();
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const head = new TextEncoder().encode(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncache-control: s-maxage=60, max-age=0\r\n\r\n",
    );
    const message = new Uint8Array([...head, ...bytes]);
    await cache.fetch(new Request(url, { method: "PUT", body: message }));
    const hit = await get(url);
    expect(new Uint8Array(await hit.arrayBuffer())).toEqual(bytes);
    expect(hit.headers.get("transfer-encoding")).toBeNull();
  });

  it.each([
    "200 OK\r\ncache-control: no-store",
    "200 OK\r\ncache-control: private, max-age=60",
    "200 OK\r\ncache-control: max-age=0",
    "200 OK",
    "nonsense",
  ])("does not store %j", async (head) => {
    const url = freshUrl();
    expect((await put(url, head)).status).toBe(413);
    expect((await get(url)).status).toBe(504);
  });

  it("lets the oldest go when it is full", async () => {
    const first = freshUrl();
    await put(first, "200 OK\r\ncache-control: max-age=60");
    for (let i = 0; i < 1_000; i++) await put(freshUrl(), "200 OK\r\ncache-control: max-age=60");
    expect((await get(first)).status).toBe(504);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readLogLine, requestsOf, surveyLog } from "../../../../src/cli/simulate/access-log.ts";

const folder = mkdtempSync(join(tmpdir(), "heddle-log-"));
afterAll(() => rmSync(folder, { recursive: true }));

function logOf(...lines: readonly string[]): string {
  const path = join(folder, `${Math.abs(lines.join("").length)}-${lines.length}.log`);
  writeFileSync(path, lines.join("\n"));
  return path;
}

const common = (second: number, path = "/") =>
  `10.0.0.1 - - [21/Nov/2026:10:00:${String(second).padStart(2, "0")} +0000] "GET ${path} HTTP/1.1" 200 12`;

describe("readLogLine", () => {
  it.each([
    ["the common format", '10.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/1.0" 200 2326'],
    [
      "the combined format",
      '::1 - - [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1 HTTP/2.0" 200 23 "https://r" "Mozilla/5.0 [en]"',
    ],
    ["nginx's JSON", '{"time_iso8601":"2000-10-10T13:55:36-07:00","request":"GET /a.gif?x=1 HTTP/1.1"}'],
    ["plain JSON", '{"ts":971211336,"method":"get","url":"/a.gif?x=1"}'],
  ])("reads %s", (_, line) => {
    expect(readLogLine(line)).toEqual({
      timeMs: Date.UTC(2000, 9, 10, 20, 55, 36),
      stepMs: 1_000,
      method: "GET",
      url: "/a.gif?x=1",
    });
  });

  it.each([
    ["Caddy", '{"ts":971211336.5,"request":{"method":"POST","host":"shop.example","uri":"/cart"}}'],
    [
      "Cloudflare in ns",
      '{"EdgeStartTimestamp":971211336500000000,"ClientRequestMethod":"POST","ClientRequestHost":"shop.example","ClientRequestURI":"/cart"}',
    ],
    ["Envoy", '{"start_time":"2000-10-10T20:55:36.500Z","method":"POST","authority":"shop.example","path":"/cart"}'],
    ["milliseconds", '{"timestamp":971211336500,"method":"POST","url":"http://shop.example/cart"}'],
  ])("reads the host and fractions of seconds of %s", (_, line) => {
    expect(readLogLine(line)).toEqual({
      timeMs: 971_211_336_500,
      stepMs: 1,
      method: "POST",
      url: "http://shop.example/cart",
    });
  });

  it.each([
    "",
    "hello",
    "{",
    '{"a":1}',
    '{"ts":1e999,"url":"/a"}',
    "[10/Foo/2000:13:55:36 -0700]",
    '[10/Foo/2000:13:55:36 -0700] "GET / HTTP/1.0"',
    '{"time":"soon","url":"/"}',
  ])("takes %s for no request", (line) => {
    expect(readLogLine(line)).toBeNull();
  });
});

describe("requestsOf", () => {
  it("spreads the requests of a second over it, in their order", () => {
    const path = logOf(common(0, "/a"), common(0, "/b"), common(2, "/c"));
    expect([...requestsOf(path)]).toEqual([
      { atMs: 250, method: "GET", url: "/a" },
      { atMs: 750, method: "GET", url: "/b" },
      { atMs: 2_500, method: "GET", url: "/c" },
    ]);
  });

  it("never goes back in time", () => {
    const times = [...requestsOf(logOf(common(5), common(3), common(9), common(8)))].map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("reads lines that are longer than a chunk, and a last line without an end", () => {
    const path = logOf(common(0, `/${"x".repeat(40_000)}`), common(1, `/${"y".repeat(40_000)}`), common(2));
    expect([...requestsOf(path)].map(({ url }) => url.length)).toEqual([40_001, 40_001, 1]);
  });
});

describe("surveyLog", () => {
  it("counts requests, their span and the lines that are none", () => {
    const path = logOf("# header", common(0), "", common(9), "oops");
    expect(surveyLog(path)).toEqual({ requests: 2, spanMs: 10_000, skipped: 2, firstSkipped: 1 });
  });

  it("finds no request in an empty file", () => {
    expect(surveyLog(logOf(""))).toEqual({ requests: 0, spanMs: 0, skipped: 0, firstSkipped: null });
  });
});

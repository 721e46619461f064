import { describe, expect, it } from "vitest";
import { BUCKETS } from "../../../../src/core/traffic/buckets.ts";
import { createTrafficSlot, trafficToSend } from "../../../../src/core/traffic/columns.ts";
import { FLAGS, METHODS } from "../../../../src/core/traffic/labels.ts";
import {
  countRequest,
  countUpstream,
  createTally,
  HISTOGRAM_STRIDE,
  MAX_TALLY_CELLS,
  MAX_TALLY_ENDPOINTS,
  MAX_TALLY_ROUTES,
  packKey,
  type Tally,
  unpackKey,
} from "../../../../src/core/traffic/tally.ts";

const columnsOf = (tally: Tally) => trafficToSend(createTrafficSlot(), tally, createTally(), -1)!;
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

describe("a tally", () => {
  it("counts requests by what tells them apart", () => {
    const tally = createTally();
    for (let i = 0; i < 3; i++) countRequest(tally, "main", "aws", "GET", 200, 0, 20);
    countRequest(tally, "main", "", "POST", 503, FLAGS.indexOf("UH"), 1);
    countRequest(tally, "main", "aws", "GET", 204, 0, 20);
    const { routes, endpoints, route, endpoint, method, count, flag } = columnsOf(tally);
    const cells = count.map((n, i) => [
      routes[route[i]!],
      endpoints[endpoint[i]!],
      METHODS[method[i]!],
      FLAGS[flag[i]!],
      n,
    ]);
    expect(cells).toEqual([
      ["main", "aws", "GET", "", 4],
      ["main", "", "POST", "UH", 1],
    ]);
  });

  it("keeps a histogram for each route and one for each endpoint", () => {
    const tally = createTally();
    countRequest(tally, "a", "x", "GET", 200, 0, 3);
    countRequest(tally, "b", "x", "GET", 200, 0, 100);
    countUpstream(tally, "x", 100);
    const { routes, durations, endpoints, upstream } = columnsOf(tally);
    const rows = (table: readonly number[], at: number) =>
      table.slice(at * HISTOGRAM_STRIDE, (at + 1) * HISTOGRAM_STRIDE);
    expect(rows(durations, routes.indexOf("a"))[1]).toBe(1);
    expect(rows(durations, routes.indexOf("b"))[6]).toBe(1);
    expect(rows(durations, routes.indexOf("b"))[BUCKETS]).toBe(100);
    expect(sum(rows(upstream, endpoints.indexOf("x")).slice(0, BUCKETS))).toBe(1);
  });

  it("loses no request where there are more combinations than it tells apart, and stays within its bounds", () => {
    const tally = createTally();
    let sent = 0;
    for (let route = 0; route < 90; route++) {
      for (let endpoint = 0; endpoint < 1_100; endpoint += 7) {
        for (const status of [200, 404, 503]) {
          const method = METHODS[sent % METHODS.length]!;
          countRequest(tally, `r${route}`, `e${endpoint}`, method, status, sent % FLAGS.length, 5);
          sent += 1;
        }
      }
    }
    for (let endpoint = 0; endpoint < 1_100; endpoint++) countUpstream(tally, `e${endpoint}`, 5);
    const { routes, endpoints, route, count, durations, upstream } = columnsOf(tally);
    expect(count.length).toBeLessThanOrEqual(MAX_TALLY_CELLS);
    expect(routes.length).toBeLessThanOrEqual(MAX_TALLY_ROUTES);
    expect(endpoints.length).toBeLessThanOrEqual(MAX_TALLY_ENDPOINTS);
    expect(sum([...count])).toBe(sent);
    expect(sum(durations.filter((_, i) => i % HISTOGRAM_STRIDE !== BUCKETS))).toBe(sent);
    expect(sum(upstream.filter((_, i) => i % HISTOGRAM_STRIDE !== BUCKETS))).toBe(1_100);
    expect(sum(count.filter((_, i) => route[i] === 0))).toBeGreaterThan(0);
  });

  it("starts from zero once its counts were taken", () => {
    const tally = createTally();
    countRequest(tally, "main", "aws", "GET", 200, 0, 20);
    columnsOf(tally);
    expect(tally.isEmpty).toBe(true);
    countRequest(tally, "other-route", "aws", "GET", 200, 0, 20);
    expect(columnsOf(tally)).toMatchObject({ routes: ["other", "other-route"], count: [1] });
  });

  it("packs a combination without loss", () => {
    const key = { route: 63, endpoint: 1_001, method: 7, code: 5, flag: 31 };
    expect(unpackKey(packKey(key.route, key.endpoint, key.method, key.code, key.flag))).toEqual(key);
    expect(packKey(63, 1_023, 7, 7, 31)).toBeLessThan(2 ** 27);
  });
});

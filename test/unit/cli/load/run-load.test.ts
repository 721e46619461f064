import { afterEach, describe, expect, it } from "vitest";
import { runLoad, startLoad } from "../../../../src/cli/load/run-load.ts";
import { type Origin, type OriginOptions, startOrigin } from "../../../../src/cli/origin/start-origin.ts";
import { seededRng } from "../../../../src/core/rng.ts";

const started: Origin[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((origin) => origin.close()));
});

async function origin(options: Partial<OriginOptions> = {}): Promise<Origin> {
  const one = await startOrigin({ name: "aws", ...options });
  started.push(one);
  return one;
}

describe("runLoad", () => {
  it("sends exactly the requests that are due, over kept connections", async () => {
    const aws = await origin();
    const summary = await runLoad({ url: aws.url, rps: 200, seconds: 0.25 });
    expect(summary).toMatchObject({ sent: 50, ok: 50, failed: 0, byStatus: { 200: 50 }, byEndpoint: { aws: 50 } });
    expect(aws.stats().requests).toBe(50);
    expect(summary.seconds).toBeCloseTo(0.25, 2);
  });

  it("goes on sending while nothing is answered", async () => {
    const aws = await origin({ fault: { hang: true } });
    const run = startLoad({ url: aws.url, rps: 100, seconds: 0.2 });
    await expect.poll(() => aws.stats().inFlight).toBe(20);
    expect(run.summary()).toMatchObject({ sent: 20, ok: 0, failed: 0 });
    await aws.setFault({});
    expect(await run.done).toMatchObject({ sent: 20, ok: 20 });
  });

  it("counts latency from when a request was due", async () => {
    const aws = await origin();
    const block = setTimeout(() => {
      const until = performance.now() + 120;
      while (performance.now() < until);
    }, 20);
    const summary = await runLoad({ url: aws.url, rps: 100, seconds: 0.1 });
    clearTimeout(block);
    // The client was busy from about 20 ms to 140 ms: what was due at 30 ms waited 110 ms. Half of it is asked for.
    expect(summary.sent).toBe(10);
    expect(summary.maxLateMs).toBeGreaterThan(55);
    expect(summary.maxMs).toBeGreaterThan(55);
  });

  it("reports failures as results: refused, cut short, timed out and the wrong status", async () => {
    const [refusing, cutting, hanging, failing] = await Promise.all([
      origin({ fault: { refuse: true } }),
      origin({ fault: { reset: true } }),
      origin({ fault: { hang: true } }),
      origin({ fault: { status: 500 } }),
    ]);
    const run = ({ url }: { readonly url: string }, timeoutMs = 20_000) =>
      runLoad({ url, rps: 100, seconds: 0.01, timeoutMs });
    const found = await Promise.all([run(refusing), run(cutting), run(hanging, 100), run(failing)]);
    expect(found.map(({ sent, failed }) => [sent, failed])).toEqual(Array(4).fill([1, 1]));
    expect(found.map(({ failures }) => failures[0]!.status)).toEqual([0, 200, 0, 500]);
    expect(found[0]!.failures[0]!.error).toContain("ECONNREFUSED");
    expect(found[1]!.failures[0]!.error).not.toBe("");
    expect(found[2]!.failures[0]!.error).toBe("timed out");
    expect(found[3]!.failures[0]).toMatchObject({ error: "", endpoint: "aws" });
    expect(found.slice(0, 3).map(({ byEndpoint }) => byEndpoint)).toEqual([{}, {}, {}]);
  });

  it("makes each request from its index", async () => {
    const seen: string[] = [];
    const aws = await origin({ onRequest: ({ url, headers }) => void seen.push(`${url} ${headers["x-user"]}`) });
    await runLoad({
      url: (index) => `${aws.url}/${index}`,
      headers: (index) => ({ "x-user": `u${index}` }),
      rps: 1_000,
      seconds: 0.003,
      method: "POST",
      body: "x",
    });
    expect(seen.sort()).toEqual(["/0 u0", "/1 u1", "/2 u2"]);
  });

  it("stops when told to, with a summary of what was sent", async () => {
    const aws = await origin();
    const abort = new AbortController();
    let results = 0;
    const run = startLoad({
      url: aws.url,
      rps: 200,
      seconds: Number.POSITIVE_INFINITY,
      rng: seededRng(7),
      signal: abort.signal,
      onResult: () => {
        if (++results === 10) abort.abort();
      },
    });
    const summary = await run.done;
    expect(summary.sent).toBe(summary.ok);
    expect(summary.sent).toBeGreaterThanOrEqual(10);
    expect(await run.stop()).toEqual(summary);
  });
});

import { describe, expect, it } from "vitest";
import { createTokenSource, type Issued } from "../../../../../src/security/origin/tokens/token-source.ts";

const HOUR = 3_600_000;
const T0 = 1_000_000;

/** A source on a virtual clock whose issuer answers when it is told to. */
function setUp({ rng = 0.5 } = {}) {
  let nowMs = T0;
  const asked: { atMs: number; answer: (issued: Issued) => Promise<void> }[] = [];
  const kept: Promise<unknown>[] = [];
  const ctx = { waitUntil: (promise: Promise<unknown>) => void kept.push(promise) };
  const source = createTokenSource({
    nowMs: () => nowMs,
    rng: () => rng,
    pause: async (ms) => {
      await settle();
      nowMs += ms;
    },
    issue: (atMs) =>
      new Promise((resolve) => {
        asked.push({
          atMs,
          answer: (issued) => {
            resolve(issued);
            return settle();
          },
        });
      }),
  });
  return {
    asked,
    kept,
    take: () => source.take(nowMs, ctx),
    doubt: (sentAtMs: number) => source.doubt(sentAtMs, nowMs, ctx),
    problem: source.problem,
    pass: (ms: number) => {
      nowMs += ms;
    },
    nowMs: () => nowMs,
    /** With a token in hand that lives for an hour. */
    async warm(token = "one") {
      const taken = source.take(nowMs, ctx);
      await asked.at(-1)!.answer(good(token));
      expect(await taken).toBe(token);
    },
  };
}

const good = (token: string, lifetimeMs = HOUR): Issued => ({ ok: true, token, lifetimeMs });
const bad = (why = "the issuer answers 503"): Issued => ({ ok: false, why });
/** Lets every promise that can settle do so. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("a token source", () => {
  it("asks once for all requests that find no token, and then gives it at once", async () => {
    const { take, asked, kept } = setUp();
    const takers = Array.from({ length: 50 }, () => take());
    await settle();
    await asked[0]!.answer(good("one"));
    expect(await Promise.all(takers)).toEqual(Array(50).fill("one"));
    expect(take()).toBe("one");
    expect([asked.length, kept.length]).toEqual([1, 1]);
  });

  it.each([
    [0, 0.6],
    [0.999_999, 0.8],
  ])("renews behind a request once a share of its life is over (chance %d: %d)", async (rng, share) => {
    const { take, pass, asked, warm } = setUp({ rng });
    await warm();
    pass(HOUR * share - 1_000);
    expect([take(), asked.length]).toEqual(["one", 1]);
    pass(2_000);
    expect([take(), take(), asked.length]).toEqual(["one", "one", 2]);
    await asked[1]!.answer(good("two"));
    expect(take()).toBe("two");
  });

  it("uses a token until its end while its issuer fails, asks less and less often, and then gives none", async () => {
    const { take, pass, asked, warm, nowMs, problem } = setUp();
    await warm();
    pass(HOUR * 0.8);
    while (nowMs() < T0 + HOUR - 5_000) {
      expect(take()).toBe("one");
      const last = asked.at(-1)!;
      if (last.atMs === nowMs()) await last.answer(bad());
      pass(500);
    }
    const times = asked.slice(1).map(({ atMs }) => atMs);
    const waits = times.slice(1).map((atMs, i) => atMs - times[i]!);
    // Three quarters of 1 s, 2 s, 4 s …, on the grid of half seconds on which the requests come; never more than a minute.
    expect(waits.slice(0, 5)).toEqual([1_000, 1_500, 3_000, 6_000, 12_000]);
    expect(Math.max(...waits)).toBe(45_000);
    expect(problem()).toBe("the issuer answers 503");
    expect(await take()).toBeNull();
  });

  it("fails at once while nothing is known and it is too early to ask again", async () => {
    const { take, pass, asked } = setUp({ rng: 0 });
    const first = take();
    await asked[0]!.answer(bad());
    expect(await first).toBeNull();
    expect(take()).toBeNull();
    pass(499);
    expect([take(), asked.length]).toEqual([null, 1]);
    pass(1);
    const second = take();
    await asked[1]!.answer(good("one"));
    expect(await second).toBe("one");
  });

  it("asks again for a request whose question was another one's that never came back", async () => {
    const { take, asked } = setUp();
    void take();
    const waiting = take();
    while (asked.length < 2) await settle();
    expect(asked[1]!.atMs - asked[0]!.atMs).toBe(6_000);
    await asked[1]!.answer(good("two"));
    expect(await waiting).toBe("two");
    // The first comes back after all: the later token stays.
    await asked[0]!.answer(good("one"));
    expect(take()).toBe("two");
  });

  it("never has two questions under way, however it is asked", async () => {
    const { take, doubt, pass, asked, warm, nowMs } = setUp();
    await warm();
    pass(HOUR * 0.9);
    take();
    doubt(nowMs());
    take();
    expect(asked).toHaveLength(2);
  });

  it("renews a token that an origin refused; one that goes on refusing is believed less and less often", async () => {
    const { take, doubt, pass, asked, warm, nowMs } = setUp();
    await warm();
    const startMs = nowMs();
    const times: number[] = [];
    // Two hours of nothing but 401, each second.
    for (let second = 1; second <= 7_200; second += 1) {
      pass(1_000);
      const before = asked.length;
      doubt(nowMs());
      if (asked.length === before) continue;
      times.push((nowMs() - startMs) / 1_000);
      await asked.at(-1)!.answer(good(`token-${second}`));
      expect(take()).toBe(`token-${second}`);
    }
    expect(times.slice(0, 7)).toEqual([1, 31, 91, 211, 451, 931, 1_891]);
    expect(times).toHaveLength(12);
    // After a quiet while it is news again.
    pass(30 * 60_000);
    for (let i = 0; i < 2; i += 1) {
      const before = asked.length;
      doubt(nowMs());
      expect(asked).toHaveLength(before + 1);
      await asked.at(-1)!.answer(good("calm"));
      pass(31_000);
    }
  });

  it("does not doubt a token for a request that went out with the one before", async () => {
    const { doubt, pass, asked, warm, nowMs } = setUp();
    const sentAtMs = nowMs();
    pass(1_000);
    await warm("one");
    doubt(sentAtMs);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["an hour", HOUR, HOUR - 5_000],
    ["a minute", 60_000, 57_000],
    ["ten seconds", 10_000, 9_000],
    ["a second", 1_000, 500],
  ])("leaves the very end of a life of %s alone", async (_, lifetimeMs, usedMs) => {
    const { take, pass, asked } = setUp();
    const first = take();
    await asked[0]!.answer(good("one", lifetimeMs));
    await first;
    pass(usedMs - 1);
    expect(take()).toBe("one");
    pass(1);
    expect(take()).toBeInstanceOf(Promise);
  });
});

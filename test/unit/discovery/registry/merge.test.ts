import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type MergeInput, merge, type Offer } from "../../../../src/discovery/registry/merge.ts";
import { EMPTY_POOL, isAvailable, type Pool } from "../../../../src/discovery/registry/pool.ts";
import { discoveryOf } from "../../../fixtures/discovery.ts";
import { endpointOf } from "../../../fixtures/meshes.ts";

const T0 = 1_000_000;
const SETTINGS = discoveryOf();

type Say = Partial<Omit<Offer, "found">> & { readonly ids?: string; readonly unready?: string };

/** Ids are single letters. */
const offer = ({ ids = "", unready = "", source = "dns-0", isOwnWord = false, left = new Set() }: Say): Offer => ({
  source,
  isOwnWord,
  left,
  found: [...ids].map((id) => ({ endpoint: endpointOf(id, `https://${id}.example`), ready: !unready.includes(id) })),
});

/** Merges one after the other; each says at which second, and what all sources have then. */
function played(steps: readonly (readonly [atS: number, ...offers: Say[]])[], rest: Partial<MergeInput> = {}): Pool {
  return steps.reduce(
    (pool, [atS, ...offers]) =>
      merge(pool, { configured: [], settings: SETTINGS, ...rest, offers: offers.map(offer), nowMs: T0 + atS * 1_000 })
        .pool,
    EMPTY_POOL,
  );
}

const phases = ({ members }: Pool) =>
  [...members]
    .filter(([, { phase }]) => phase !== "out")
    .map(([id, { phase }]) => `${id} ${phase}`)
    .sort()
    .join(", ");
const alarms = ({ alarms: raised }: Pool) => raised.map(({ type, count }) => `${type} ${count}`).join(", ");
const goodbye = (ids: string) => new Set(ids);

describe("merge", () => {
  it.each([
    ["what is found is served at once", [[0, { ids: "ab" }]], "a serving, b serving", ""],
    ["what is found but not ready is not", [[0, { ids: "ab", unready: "b" }]], "a serving", ""],
    [
      "what is lost is drained",
      [
        [0, { ids: "abc" }],
        [1, { ids: "ab" }],
      ],
      "a serving, b serving, c draining",
      "",
    ],
    [
      "and then removed",
      [
        [0, { ids: "abc" }],
        [1, { ids: "ab" }],
        [31, { ids: "ab" }],
      ],
      "a serving, b serving",
      "",
    ],
    [
      "what comes back while it drains is served",
      [
        [0, { ids: "abc" }],
        [1, { ids: "ab" }],
        [2, { ids: "abc" }],
      ],
      "a serving, b serving, c serving",
      "",
    ],
    [
      "what says goodbye is out at once",
      [
        [0, { ids: "abc" }],
        [1, { ids: "ab", left: goodbye("c") }],
      ],
      "a serving, b serving",
      "",
    ],
    [
      "all of a source that the config has no longer is out at once",
      [
        [0, { ids: "a" }, { ids: "b", source: "dns-1" }],
        [1, { ids: "a" }],
      ],
      "a serving",
      "",
    ],
    [
      "more than half at once is held",
      [
        [0, { ids: "abcd" }],
        [1, { ids: "a" }],
      ],
      "a serving, b draining, c draining, d held",
      "floor 1",
    ],
    [
      "all at once are held but for half",
      [
        [0, { ids: "abcd" }],
        [1, {}],
      ],
      "a draining, b draining, c held, d held",
      "floor 2",
    ],
    [
      "what is held goes when the window has moved on",
      [
        [0, { ids: "abcd" }],
        [1, { ids: "a" }],
        [302, { ids: "a" }],
      ],
      "a serving, d draining",
      "",
    ],
    [
      "the last one is held for ever",
      [
        [0, { ids: "a" }],
        [1, {}],
        [302, {}],
        [9_999, {}],
      ],
      "a held",
      "floor 1",
    ],
    [
      "what somebody observed to be not ready is held as if it was lost",
      [
        [0, { ids: "ab" }],
        [1, { ids: "ab", unready: "ab" }],
      ],
      "a draining, b held",
      "floor 1",
    ],
    [
      "what says itself that it is not ready is drained, be it the last",
      [
        [0, { ids: "a" }],
        [1, { ids: "a", unready: "a", isOwnWord: true }],
      ],
      "a draining",
      "",
    ],
    [
      "goodbyes do not count as losses",
      [
        [0, { ids: "abcd" }],
        [1, { ids: "ab", left: goodbye("cd") }],
        [2, { ids: "a" }],
      ],
      "a serving, b draining",
      "",
    ],
    [
      "a loss is taken back when goodbyes leave too few",
      [
        [0, { ids: "ab" }],
        [1, { ids: "a" }],
        [2, { left: goodbye("a") }],
      ],
      "b held",
      "floor 1",
    ],
    [
      "a name belongs to the source that comes first",
      [[0, { ids: "a" }, { ids: "ab", source: "dns-1" }]],
      "a serving, b serving",
      "duplicate_id 1",
    ],
  ] as const)("%s", (_, steps, expected, raised) => {
    const pool = played(steps);
    expect([phases(pool), alarms(pool)]).toEqual([expected, raised]);
  });

  it("keeps the endpoints of the config first and in their order, and takes them out at its word", () => {
    const configured = [endpointOf("z", "https://z.example"), endpointOf("y", "https://y.example")];
    const pool = played([[0, { ids: "ba" }]], { configured });
    expect(pool.content?.endpoints.map(({ id }) => id)).toEqual(["z", "y", "a", "b"]);
    const without = merge(pool, { configured: [], offers: [offer({ ids: "ab" })], settings: SETTINGS, nowMs: T0 + 1 });
    expect(phases(without.pool)).toBe("a serving, b serving");
  });

  it("keeps what was there, all of it draining, when all have said goodbye", () => {
    const pool = played([
      [0, { ids: "ab" }],
      [1, { left: goodbye("ab") }],
      [500, {}],
    ]);
    expect(pool.content).toMatchObject({ endpoints: [{ id: "a" }, { id: "b" }], draining: ["a", "b"] });
    expect(alarms(pool)).toBe("empty 2");
  });

  it("keeps out what comes and goes, until it has been calm", () => {
    const flaps = [0, 1, 2, 3].flatMap((i) => [
      [i * 4, { ids: "abcd" }] as const,
      [i * 4 + 2, { ids: "abc" }] as const,
    ]);
    const damped = played([...flaps, [16, { ids: "abcd" }]]);
    expect(damped.members.get("d")).toMatchObject({ phase: "draining", damped: true });
    expect(alarms(damped)).toBe("damped 1");
    // Nearly four flaps are less than one after two half-lives.
    expect(played([...flaps, [16, { ids: "abcd" }], [140, { ids: "abcd" }]]).members.get("d")?.phase).toBe("serving");
  });

  it("lets a damped one in for want of others", () => {
    const flaps = [0, 1, 2, 3].flatMap((i) => [[i * 4, { ids: "ad" }] as const, [i * 4 + 2, { ids: "a" }] as const]);
    const pool = played([...flaps, [16, { ids: "ad" }], [17, { ids: "d", left: goodbye("a") }]]);
    expect(phases(pool)).toBe("d serving");
  });

  it("has at most 1,000 endpoints, and leaves the newcomers out", () => {
    const many = (from: number, to: number): Offer => ({
      ...offer({}),
      found: Array.from({ length: to - from }, (_, i) => ({
        endpoint: endpointOf(`e${from + i}`, `https://e${from + i}.example`),
        ready: true,
      })),
    });
    const input = { configured: [], settings: SETTINGS };
    const first = merge(EMPTY_POOL, { ...input, offers: [many(500, 1_400)], nowMs: T0 });
    const { pool } = merge(first.pool, { ...input, offers: [many(0, 1_400)], nowMs: T0 + 1_000 });
    expect(pool.content?.endpoints).toHaveLength(1_000);
    expect(pool.content?.endpoints.filter(({ id }) => Number(id.slice(1)) >= 500)).toHaveLength(900);
    expect(alarms(pool)).toBe("too_many 400");
  });
});

const LETTERS = [..."abcdefgh"];
const subset = fc.subarray(LETTERS).map((ids) => ids.join(""));
const anySay = fc.record({ ids: subset, unready: subset, left: subset, waitMs: fc.integer({ min: 0, max: 400_000 }) });

/** Plays what two sources say; instances register with the first. */
function play(
  steps: readonly { ids: string; unready: string; left: string; waitMs: number }[],
  each: (pool: Pool) => void,
) {
  let pool = EMPTY_POOL;
  let nowMs = T0;
  for (const { ids, unready, left, waitMs } of steps) {
    nowMs += waitMs;
    const gone = goodbye(left);
    const here = [...ids].filter((id) => !gone.has(id)).join("");
    const offers = [
      offer({ source: "registration", ids: here, unready, left: gone, isOwnWord: true }),
      offer({ source: "dns-0", ids: unready.toUpperCase() }),
    ];
    pool = merge(pool, { configured: [], offers, settings: SETTINGS, nowMs }).pool;
    each(pool);
  }
  return { pool, nowMs };
}

describe("whatever sources say", () => {
  it("a service that had endpoints is never empty again, and its set has distinct ids", () => {
    fc.assert(
      fc.property(fc.array(anySay, { minLength: 1, maxLength: 20 }), (steps) => {
        let had = false;
        play(steps, ({ content }) => {
          had ||= content !== null;
          const ids = content?.endpoints.map(({ id }) => id) ?? [];
          expect(ids.length > 0).toBe(had);
          expect(new Set(ids).size).toBe(ids.length);
          for (const id of content?.draining ?? []) expect(ids).toContain(id);
        });
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("losses alone never take more than half within the window, nor the last one", () => {
    fc.assert(
      fc.property(fc.array(fc.subarray(LETTERS), { minLength: 1, maxLength: 12 }), (answers) => {
        let pool = played([[0, { ids: LETTERS.join("") }]]);
        for (const [i, ids] of answers.entries()) {
          const offers = [offer({ ids: ids.join("") })];
          pool = merge(pool, { configured: [], offers, settings: SETTINGS, nowMs: T0 + i * 10_000 }).pool;
          const available = [...pool.members.values()].filter(isAvailable).length;
          const damped = [...pool.members.values()].filter((member) => member.damped).length;
          expect(available + damped).toBeGreaterThanOrEqual(LETTERS.length / 2);
        }
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it("the set comes to be what sources say, once they say the same for long enough", () => {
    fc.assert(
      fc.property(fc.array(anySay, { maxLength: 12 }), fc.subarray(LETTERS, { minLength: 1 }), (steps, ids) => {
        let { pool, nowMs } = play(steps, () => {});
        const offers = [
          offer({ source: "registration", ids: ids.join(""), isOwnWord: true }),
          offer({ source: "dns-0", ids: "" }),
        ];
        for (let i = 0; i < 100; i++) {
          const merged = merge(pool, { configured: [], offers, settings: SETTINGS, nowMs });
          pool = merged.pool;
          if (merged.nextMs === Number.POSITIVE_INFINITY) break;
          expect(merged.nextMs).toBeGreaterThan(nowMs);
          nowMs = merged.nextMs;
        }
        expect(phases(pool)).toBe(ids.map((id) => `${id} serving`).join(", "));
        expect(alarms(pool)).toBe("");
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

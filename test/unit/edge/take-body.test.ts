import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Breach } from "../../../src/core/limit/bounds.ts";
import { createDeadlines } from "../../../src/edge/deadline.ts";
import { type BodyMemory, createBodyMemory, holdBody, letGo, takeMemory } from "../../../src/edge/held-body.ts";
import { type BodyTake, NO_ROOM, takeBody, takeWhole } from "../../../src/edge/take-body.ts";

const MB = 1_048_576;
const trials: Breach[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("scheduler", { wait: (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms)) });
  // Node.js has no streams of a length: none of these tests looks at it.
  vi.stubGlobal(
    "FixedLengthStream",
    class extends TransformStream {
      constructor(_: number) {
        super();
      }
    },
  );
  vi.stubGlobal("IdentityTransformStream", TransformStream);
  trials.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ctx = { waitUntil: (promise: Promise<unknown>) => void promise.catch(() => {}) } as unknown as ExecutionContext;
const memoryOf = (mostBytes = MB): BodyMemory => createBodyMemory(createDeadlines(), () => {}, mostBytes);
const takeOf = (memory: BodyMemory, more: Partial<BodyTake> = {}): BodyTake => ({
  limitBytes: 100_000,
  requiredBytes: 0,
  bounds: undefined,
  memory,
  ctx,
  onTrial: (breach) => trials.push(breach),
  ...more,
});

interface Upload {
  readonly request: Request;
  write(bytes: number): void;
  end(): void;
  breakOff(): void;
}

/** A request whose body comes as it is written. */
function upload(headers: Record<string, string> = {}, method = "POST"): Upload {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => {
      controller = given;
    },
  });
  // A GET has no body by the standard that Node.js follows; workerd's has.
  const request = new Request("https://any.test/", { method: "POST", headers, body, duplex: "half" } as RequestInit);
  if (method !== "POST") Object.defineProperty(request, "method", { value: method });
  const quietly = (act: () => void) => {
    try {
      act();
    } catch {
      // It was cancelled.
    }
  };
  return {
    request,
    write: (bytes) => quietly(() => controller.enqueue(new Uint8Array(bytes))),
    end: () => quietly(() => controller.close()),
    breakOff: () => quietly(() => controller.error(new Error("gone"))),
  };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("a body that is read before it is sent", () => {
  it.each([
    ["that says how long it is", { "content-length": "50000" }],
    ["that does not", {}],
    ["that is small", { "content-length": "500" }],
  ])("%s is ended when it drips, though no rule says so", async (_, headers) => {
    const memory = memoryOf();
    const { request, write } = upload(headers);
    const taken = takeBody(request, takeOf(memory));
    const drip = setInterval(() => write(1), 1_000);
    await pass(18_000);
    expect(memory.budget.usedBytes).toBeGreaterThan(0);
    await pass(6_000);
    clearInterval(drip);
    expect(await taken).toMatchObject({ bound: "bodyPace" });
    expect(memory.budget.usedBytes).toBe(0);
    expect(memory.deadlines.inFlight.size).toBe(0);
  });

  it("is let come as slowly as it may", async () => {
    const memory = memoryOf();
    const { request, write, end } = upload();
    const taken = takeBody(request, takeOf(memory));
    for (let second = 0; second < 100; second += 1) {
      write(600);
      await pass(1_000);
    }
    end();
    const body = await taken;
    expect(body).toMatchObject({ kind: "buffered", bytes: { byteLength: 60_000 } });
    expect(memory.budget.usedBytes).toBe(60_000);
  });

  it("is held to the usual pace while other bounds are on trial, which are told of once", async () => {
    const bounds = {
      maxBodyBytes: 0,
      bodyPace: { timeoutMs: 0, graceMs: 500, minBytesPerSecond: 1_000 },
      dryRun: true,
    };
    const { request, write } = upload();
    const taken = takeBody(
      request,
      takeOf(memoryOf(), { bounds: bounds as unknown as NonNullable<BodyTake["bounds"]> }),
    );
    const drip = setInterval(() => write(1), 1_000);
    await pass(10_000);
    expect(trials).toMatchObject([{ bound: "bodyPace" }]);
    await pass(14_000);
    clearInterval(drip);
    expect(await taken).toMatchObject({ bound: "bodyPace", most: expect.toSatisfy((most: number) => most >= 20_000) });
  });

  it("of a GET is waited for no longer, and is nothing if it is empty", async () => {
    const memory = memoryOf();
    const never = takeBody(upload({}, "GET").request, takeOf(memory));
    await pass(21_000);
    expect(await never).toMatchObject({ bound: "bodyPace" });
    const { request, end } = upload({}, "GET");
    end();
    expect(await takeBody(request, takeOf(memory))).toEqual({ kind: "none" });
    expect(memory.deadlines.inFlight.size).toBe(0);
  });
});

describe("a body for which there is no memory", () => {
  const full = () => {
    const memory = memoryOf(100_000);
    const other = holdBody(memory, ctx, Date.now());
    takeMemory(other, 74_000, "optional");
    return { memory, other };
  };

  it.each([
    ["that says how long it is", { "content-length": "30000" }],
    ["that does not", {}],
  ])("streams, %s, and frees what was read ahead as it leaves", async (_, headers) => {
    const { memory } = full();
    const { request, write, end } = upload(headers);
    const taken = takeBody(request, takeOf(memory));
    write(500);
    await pass(0);
    expect(memory.budget.usedBytes).toBe(74_500);
    write(29_500);
    end();
    const body = await taken;
    if (body === null || !("stream" in body)) throw new Error("it does not stream");
    let bytes = 0;
    for await (const chunk of body.stream as unknown as AsyncIterable<Uint8Array>) bytes += chunk.byteLength;
    expect([bytes, await body.end]).toEqual([30_000, "sent"]);
    expect(memory.budget).toMatchObject({ usedBytes: 74_000, declined: 1, refused: 0 });
  });

  it.each([["500"], ["30000"]])("but has to be kept is refused (%s bytes)", async (length) => {
    const { memory, other } = full();
    takeMemory(other, 25_900, "required");
    const { request, write } = upload({ "content-length": length });
    const taken = takeBody(request, takeOf(memory, { requiredBytes: 50_000 }));
    write(Number(length));
    await pass(0);
    expect(await taken).toBe(NO_ROOM);
    expect(memory.budget).toMatchObject({ usedBytes: 99_900, refused: 1 });
  });

  it("has what can be done without make room for it first", async () => {
    const memory = createBodyMemory(createDeadlines(), (bytes) => letGoOf(bytes), 100_000);
    const kept = holdBody(memory, ctx, Date.now());
    takeMemory(kept, 70_000, "optional");
    const asked: number[] = [];
    const letGoOf = (bytes: number) => {
      asked.push(bytes);
      letGo(kept);
    };
    const { request, write, end } = upload();
    const taken = takeWhole(request, takeOf(memory));
    write(80_000);
    end();
    await pass(0);
    expect([await taken, asked]).toMatchObject([{ kind: "buffered" }, [50_000]]);
    expect(memory.budget.usedBytes).toBe(80_000);
  });
});

describe("memory", () => {
  it("of a holder that answers is kept, however long it takes; of one that is gone it is freed within four seconds", async () => {
    const memory = memoryOf();
    const alive = holdBody(memory, ctx, Date.now());
    const gone = holdBody(memory, ctx, Date.now());
    for (const held of [alive, gone]) takeMemory(held, 1_000, "optional");
    // Its code runs no more: nothing comes of waking it.
    Object.defineProperty(gone, "wake", { get: () => () => {}, set: () => {} });
    await pass(60_000);
    expect([memory.budget.usedBytes, memory.deadlines.inFlight.size]).toEqual([1_000, 1]);
    letGo(gone);
    expect(memory.budget.usedBytes).toBe(1_000);
    letGo(alive);
    expect([memory.budget.usedBytes, memory.deadlines.inFlight.size]).toEqual([0, 0]);
  });

  /** What becomes of a body: written in pieces, then ended, broken off or left hanging; used by some; let go of as often. */
  const fates = fc.record({
    pieces: fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 5 }),
    declares: fc.boolean(),
    end: fc.constantFrom("end", "break", "hang"),
    way: fc.constantFrom("keep", "require", "whole"),
  });

  it("is all free in the end, whatever becomes of bodies, and never more than there is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fates, { maxLength: 12 }), async (all) => {
        const memory = memoryOf(7_000);
        let most = 0;
        const look = () => {
          most = Math.max(most, memory.budget.usedBytes);
        };
        const ends = all.map(async ({ pieces, declares, end, way }) => {
          const length = pieces.reduce((sum, bytes) => sum + bytes, 0);
          const one = upload(declares ? { "content-length": String(length) } : {});
          const take = takeOf(memory, { requiredBytes: way === "require" ? 100_000 : 0 });
          const taking = (way === "whole" ? takeWhole(one.request, take) : takeBody(one.request, take)).catch(
            () => null,
          );
          for (const bytes of pieces) {
            one.write(bytes);
            await Promise.resolve();
            look();
          }
          if (end === "end") one.end();
          if (end === "break") one.breakOff();
          const taken = await taking;
          look();
          if (taken === null || !("kind" in taken)) return;
          if (taken.kind === "stream") {
            // What streams may hang as long as it likes.
            one.breakOff();
            await taken.stream.cancel();
            await taken.end;
          }
          if (taken.kind === "buffered" && "held" in taken) {
            letGo(taken.held);
            letGo(taken.held);
          }
        });
        // What hangs is ended by its pace, or was streamed and is broken off.
        const settled = Promise.all(ends);
        await pass(60_000);
        await settled;
        expect(most).toBeLessThanOrEqual(7_000);
        expect([memory.budget.usedBytes, memory.deadlines.inFlight.size]).toEqual([0, 0]);
      }),
      { seed: 6, numRuns: Number(process.env.HEDDLE_FUZZ_RUNS ?? 40), endOnFailure: true },
    );
  });
});

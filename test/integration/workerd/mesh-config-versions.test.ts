import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { contentText, isIntact } from "../../../src/config/mesh-digest.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import type { ApplyReply, StoredVersion } from "../../../src/core/mesh-version.ts";
import { meshOf } from "../../fixtures/meshes.ts";
import { accepted, applied, config, meshMarked, request } from "./config-versions.ts";

afterEach(() => reset());

const read = async (version: number) => (await config().read(version)) as StoredVersion | null;

describe("versions of the config", () => {
  it("are numbered, signed and kept with what they were made of, also after an eviction", async () => {
    expect(await config().head()).toBeNull();
    expect(await config().history({})).toEqual([]);
    const one = await applied("one", 0);
    const two = await applied("two", 1, { author: "bob", message: "more" });
    expect([one.version, two.version]).toEqual([1, 2]);
    expect(two.compiledAtMs).toBeGreaterThan(one.compiledAtMs);
    await evictDurableObject(config());
    expect(await config().head()).toEqual(two);
    expect(await config().history({})).toEqual([two, one]);
    expect(await config().history({ before: 2 })).toEqual([one]);
    const mesh = await meshMarked("one");
    expect(await read(1)).toEqual({
      meta: { ...one, author: "ada", message: "why", kind: "apply", pinned: false, digest: mesh.version },
      source: { text: `# ${mesh.version}`, format: "yaml" },
      mesh: { ...mesh, compiledAtMs: one.compiledAtMs },
    });
    expect(one.bytes).toBe(new TextEncoder().encode(contentText(mesh)).length);
    expect(await config().current()).toMatchObject({ version: two.digest, compiledAtMs: two.compiledAtMs });
  });

  it("are made on the version in force or not at all: of two writers one wins, and the other is told of it", async () => {
    await applied("base", 0);
    const replies = (await Promise.all(
      (await Promise.all([meshMarked("left"), meshMarked("right")])).map((mesh) => config().apply(request(mesh, 1))),
    )) as ApplyReply[];
    const [won, lost] = [replies.filter(({ ok }) => ok), replies.filter(({ ok }) => !ok)];
    expect([won.length, lost.length]).toEqual([1, 1]);
    expect(lost[0]).toMatchObject({ error: "stale", current: accepted(won[0]!) });
    expect(await config().history({})).toHaveLength(2);
    // Based on what is in force now, it is taken.
    expect((await applied("again", 2)).version).toBe(3);
  });

  it("of many writers at once that read before they write, none is lost", async () => {
    const write = async (writer: number): Promise<void> => {
      for (;;) {
        const base = ((await config().head()) as { version: number } | null)?.version ?? 0;
        const reply = (await config().apply(request(await meshMarked(`writer ${writer}`), base))) as ApplyReply;
        if (reply.ok) return;
        expect(reply.error).toBe("stale");
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
    const history = await config().history({});
    expect(history.map(({ version }) => version)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    expect(new Set(history.map(({ digest }) => digest)).size).toBe(8);
  });

  it("go back by a new version of the old content, later than all before", async () => {
    const one = await applied("one", 0);
    const two = await applied("two", 1);
    const back = accepted((await config().rollback({ to: 1, author: "eve", message: "it was better" })) as ApplyReply);
    expect(back).toMatchObject({ version: 3, digest: one.digest, kind: "rollback", of: 1, author: "eve" });
    expect(back.compiledAtMs).toBeGreaterThan(two.compiledAtMs);
    expect((await read(3))!.source).toEqual((await read(1))!.source);
    expect(await config().rollback({ to: 1, author: "eve", message: "" })).toMatchObject({ error: "unchanged" });
    expect(await config().rollback({ to: 9, author: "eve", message: "" })).toMatchObject({ error: "unknown_version" });
    expect(await config().rollback({ to: 2, base: 2, author: "eve", message: "" })).toMatchObject({
      error: "stale",
      current: { version: 3 },
    });
  });

  it("have a text that is what the digest says, with the time of the latest version", async () => {
    const one = await applied("one", 0);
    await applied("two", 1);
    const back = accepted((await config().rollback({ to: 1, author: "", message: "" })) as ApplyReply);
    const mesh = JSON.parse((await config().text(one.digest))!) as Mesh;
    expect(await isIntact(mesh)).toBe(true);
    expect(mesh.compiledAtMs).toBe(back.compiledAtMs);
    expect(await config().text("0000000000000000")).toBeNull();
  });

  it.each([
    ["no mesh", { mesh: null }, "invalid_mesh"],
    ["a mesh that is not what its digest says", { mesh: meshOf([]) }, "invalid_mesh"],
    ["no source", { source: 7 }, "invalid_request"],
    ["no author", { author: null }, "invalid_request"],
    ["a base that is no number", { base: "1" }, "invalid_request"],
    ["a message without end", { message: "x".repeat(5_000) }, "invalid_request"],
    ["a guard of a day", { guardMs: 86_400_000 }, "invalid_request"],
    ["a source of megabytes", { source: { text: "x".repeat(4_000_001), format: "yaml" } }, "too_large"],
    ["what is in force already", {}, "unchanged"],
  ])("refuse %s, and the last good one stays", async (_, part, error) => {
    const one = await applied("one", 0);
    const reply = await config().apply({ ...request(await meshMarked("one"), 1), ...part } as never);
    expect(reply).toMatchObject({ ok: false, error, current: one });
    expect(await config().head()).toEqual(one);
  });

  it("refuse a mesh that is larger than can be kept, with its size", async () => {
    const reply = await config().apply(request(await meshMarked("large", ["a", "b", "c", "d", "e"], 1_700_000), 0));
    expect(reply).toMatchObject({ ok: false, error: "too_large", detail: expect.stringMatching(/at most 8000000/) });
  });

  it("are forgotten from the oldest on, but not what is pinned or in force", async () => {
    await applied("v1", 0);
    await config().pin({ version: 1, pinned: true, author: "ada" });
    // 3,400,000 units each but the newest: the bound of 256,000,000 holds 75 of them, and that one.
    await runInDurableObject(config(), (_, { storage }) => {
      storage.sql.exec("UPDATE content SET stored = 3400000");
    });
    for (let base = 1; base < 80; base++) {
      await applied(`v${base + 1}`, base);
      await runInDurableObject(config(), (_, { storage }) => {
        storage.sql.exec("UPDATE content SET stored = 3400000");
      });
    }
    const numbers = (await config().history({})).map(({ version }) => version);
    expect(numbers.slice(0, 3)).toEqual([80, 79, 78]);
    expect(numbers.at(-1)).toBe(1);
    expect(numbers).toHaveLength(76);
    const rows = await runInDurableObject(config(), (_, { storage }) =>
      storage.sql.exec<{ n: number }>("SELECT count(DISTINCT content) AS n FROM content_piece").one(),
    );
    expect(rows.n).toBe(76);
    expect((await read(1))?.mesh.version).toBe((await meshMarked("v1")).version);
    expect(await read(3)).toBeNull();
    expect(await config().pin({ version: 3, pinned: true, author: "ada" })).toMatchObject({ error: "unknown_version" });
    // Let go of, it is the oldest.
    await config().pin({ version: 1, pinned: false, author: "ada" });
    await applied("v81", 80);
    expect(await read(1)).toBeNull();
  });

  it("are pinned up to a bound", async () => {
    for (let base = 0; base < 21; base++) await applied(`v${base + 1}`, base);
    for (let version = 1; version <= 20; version++) {
      expect(await config().pin({ version, pinned: true, author: "ada" })).toMatchObject({ ok: true });
    }
    expect(await config().pin({ version: 21, pinned: true, author: "ada" })).toMatchObject({ error: "too_many_pins" });
    expect(await config().pin({ version: 3, pinned: true, author: "ada" })).toMatchObject({ ok: true });
    expect(await read(3)).toMatchObject({ meta: { pinned: true } });
  });

  it("remember which isolates could not run them, each once", async () => {
    const { digest } = await applied("one", 0);
    const refusal = (reporter: string, reason = "format 3") => ({ digest, reporter, reason });
    expect(await config().noteRefusals([refusal("a"), refusal("b"), refusal("c", "no filter geo")])).toBe(3);
    expect(
      await config().noteRefusals([refusal("a"), { digest: "0000", reporter: "d", reason: "" }, null as never]),
    ).toBe(0);
    expect(await config().refusals()).toMatchObject([
      {
        digest,
        versions: [1],
        isolates: 3,
        reasons: [
          { reason: "format 3", isolates: 2 },
          { reason: "no filter geo", isolates: 1 },
        ],
      },
    ]);
  });
});

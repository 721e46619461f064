import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it } from "vitest";
import { isIntact } from "../../../src/config/mesh-digest.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import type { StoredVersion, VersionMeta } from "../../../src/core/mesh-version.ts";
import { accepted, applied, config, meshMarked, request } from "./config-versions.ts";

afterEach(() => reset());

/** The version in force, which has to be whole: its mesh, its source, and the one that isolates are given. */
async function wholeHead(): Promise<VersionMeta> {
  const head = (await config().head()) as VersionMeta;
  const stored = (await config().read(head.version)) as unknown as StoredVersion;
  expect(await isIntact(stored.mesh)).toBe(true);
  expect(stored.mesh.version).toBe(head.digest);
  expect(stored.source).toEqual({ text: `# ${head.digest}`, format: "yaml" });
  expect(await config().current()).toEqual(stored.mesh);
  return head;
}

describe("a kill in the middle of an apply", () => {
  it("leaves the old version or the new one whole, whenever it comes", async () => {
    await applied("v0", 0);
    const outcomes = { old: 0, new: 0 };
    // Later and later, from the moment that it was asked, until it has come too late some times.
    for (let ms = -2; outcomes.new < 3 && ms < 400; ms += 1) {
      const before = await wholeHead();
      const mesh = await meshMarked(`v${ms + 1}`, ["a", "b", "c"], 800_000);
      const under = config()
        .apply(request(mesh, before.version))
        .then(accepted as never, () => null);
      if (ms >= 0) await scheduler.wait(ms);
      await runInDurableObject(config(), (_, state) => state.abort("killed by a test")).catch(() => {});
      const answered = (await under) as VersionMeta | null;
      const after = await wholeHead();
      outcomes[after.version === before.version ? "old" : "new"] += 1;
      expect([before.version, before.version + 1]).toContain(after.version);
      // What was answered is durable.
      if (answered !== null) expect(after.digest).toBe(mesh.version);
    }
    // The test is worth something only if it met both.
    expect(outcomes.old).toBeGreaterThan(0);
    expect(outcomes.new).toBeGreaterThan(0);
  }, 60_000);

  it("leaves the old version whole when any single statement of it fails", async () => {
    await applied("one", 0);
    let statements = 0;
    for (let at = 1; ; at++) {
      const mesh = await meshMarked(`at ${at}`);
      const reply = await runInDurableObject(config(), async (instance, { storage }) => {
        const { sql } = storage;
        const exec = sql.exec.bind(sql);
        let count = 0;
        Object.defineProperty(sql, "exec", {
          configurable: true,
          value: (...args: Parameters<typeof exec>) => {
            count += 1;
            if (count === at) throw new Error("disk full");
            return exec(...args);
          },
        });
        try {
          return await instance.apply(request(mesh, 1)).then(
            ({ ok }) => ok,
            () => "failed",
          );
        } finally {
          Object.defineProperty(sql, "exec", { configurable: true, value: exec });
        }
      });
      await evictDurableObject(config());
      if (reply === true) {
        statements = at - 1;
        break;
      }
      expect(reply).toBe("failed");
      expect((await wholeHead()).version).toBe(1);
    }
    expect(statements).toBeGreaterThan(5);
    expect((await wholeHead()).version).toBe(2);
  });
});

describe("what an earlier version of this code stored", () => {
  /** As rows of version 1 are. */
  const former = (mesh: Mesh) =>
    runInDurableObject(config(), (_, { storage }) => {
      const { sql } = storage;
      for (const table of ["version", "content", "content_piece", "subscriber", "refusal", "guard_mark", "mesh_head"]) {
        sql.exec(`DROP TABLE IF EXISTS ${table}`);
      }
      sql.exec(`CREATE TABLE mesh_head (
        one INTEGER PRIMARY KEY CHECK (one = 1), rows_version INTEGER NOT NULL, mesh_version TEXT NOT NULL,
        compiled_at_ms INTEGER NOT NULL, pieces INTEGER NOT NULL) WITHOUT ROWID`);
      sql.exec("CREATE TABLE mesh_piece (piece INTEGER PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID");
      const text = JSON.stringify(mesh);
      sql.exec("INSERT INTO mesh_piece VALUES (0, ?), (1, ?)", text.slice(0, 100), text.slice(100));
      sql.exec("INSERT INTO mesh_head VALUES (1, 1, ?, ?, 2)", mesh.version, mesh.compiledAtMs);
    });

  it("is the first version of the history, and in force", async () => {
    const mesh = { ...(await meshMarked("former")), compiledAtMs: 5_000 };
    await former(mesh);
    await evictDurableObject(config());
    expect(await config().current()).toEqual(mesh);
    expect(await config().history({})).toMatchObject([
      { version: 1, digest: mesh.version, compiledAtMs: 5_000, kind: "apply" },
    ]);
    expect(await config().read(1)).toMatchObject({ source: null, mesh });
    expect((await applied("next", 1)).version).toBe(2);
    const tables = await runInDurableObject(config(), (_, { storage }) =>
      storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name = 'mesh_piece'").toArray(),
    );
    expect(tables).toEqual([]);
  });

  it("is none when it cannot be read, and the next version can be made", async () => {
    await former({ ...(await meshMarked("former")), format: 1 as never });
    await evictDurableObject(config());
    expect(await config().current()).toBeNull();
    expect((await applied("next", 0)).version).toBe(1);
  });
});

describe("what a later version of this code stored", () => {
  it("is neither read nor overwritten", async () => {
    await applied("one", 0);
    const rows = () =>
      runInDurableObject(config(), (_, { storage }) => [
        storage.sql.exec("SELECT * FROM mesh_head").toArray(),
        storage.sql.exec("SELECT * FROM version").toArray(),
        storage.sql.exec("SELECT * FROM subscriber").toArray(),
      ]);
    await runInDurableObject(
      config(),
      (_, { storage }) => void storage.sql.exec("UPDATE mesh_head SET rows_version = 3"),
    );
    const before = await rows();
    await evictDurableObject(config());
    const mesh = await meshMarked("two");
    const newer = { ok: false, error: "newer_storage" };
    expect(await config().apply(request(mesh, 0))).toMatchObject(newer);
    expect(await config().rollback({ to: 1, author: "", message: "" })).toMatchObject(newer);
    expect(await config().put(mesh)).toMatchObject(newer);
    expect(await config().pin({ version: 1, pinned: true, author: "" })).toMatchObject(newer);
    expect(await config().noteRefusals([{ digest: mesh.version, reporter: "a", reason: "" }])).toBe(0);
    expect(await config().subscribe({ monitor: "shop/weur", digest: "x", compiledAtMs: 0 })).toMatchObject({
      slice: null,
    });
    expect([await config().head(), await config().current(), await config().read(1), await config().text("x")]).toEqual(
      [null, null, null, null],
    );
    expect([await config().history({}), await config().refusals()]).toEqual([[], []]);
    expect(await rows()).toEqual(before);
  });
});

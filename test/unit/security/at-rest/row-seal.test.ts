import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RowSeal, type SealedTable, type SqlRows } from "../../../../src/security/at-rest/row-seal.ts";
import { sqlStorage } from "../../durable-objects/sql-storage.ts";

const OLD = "old-0123456789abcdef0123456789abcdef";
const NEW = "new-0123456789abcdef0123456789abcdef";
const NOTES: SealedTable = { name: "note", keys: ["owner", "id"], purpose: "note", version: 1, where: "id > 0" };
const NEVER_MADE: SealedTable = { name: "absent", keys: ["id"], purpose: "absent", version: 1 };

let errors: unknown[] = [];
beforeEach(() => {
  errors = [];
  vi.spyOn(console, "error").mockImplementation((line) => void errors.push(JSON.parse(String(line))));
});
afterEach(() => {
  vi.restoreAllMocks();
});

function notes() {
  const { storage, dump } = sqlStorage<{ readonly sql: SqlRows }>();
  const { sql } = storage;
  sql.exec("CREATE TABLE note (owner TEXT, id INTEGER, version INTEGER, data TEXT, PRIMARY KEY (owner, id))");
  const open = (key: string | undefined) => new RowSeal(sql, key, "Notes", [NEVER_MADE, NOTES]);
  return {
    dump,
    open,
    put(seal: RowSeal, owner: string, id: number, version = 1) {
      const data = id > 0 ? seal.seal(NOTES, [owner, id], `${owner} ${id}`) : `${owner} ${id}`;
      sql.exec("INSERT INTO note VALUES (?, ?, ?, ?)", owner, id, version, data);
    },
    read: (seal: RowSeal) =>
      sql
        .exec<{ owner: string; id: number; data: string }>("SELECT owner, id, data FROM note ORDER BY owner, id")
        .toArray()
        .map(({ owner, id, data }) => seal.open(NOTES, [owner, id], data)),
    marks: () => new Set([...dump().matchAll(/heddle-sealed\.1\.([0-9a-f]{8})/g)].map(([, id]) => id)),
  };
}

describe("rows that are sealed", () => {
  it("are all sealed anew under the next key, a few at a time, and are read meanwhile", () => {
    const { open, put, read, marks, dump } = notes();
    const plain = open(undefined);
    for (let id = 1; id <= 7; id++) put(plain, "ada", id);
    const old = open(OLD);
    for (let id = 1; id <= 7; id++) put(old, "bob", id);
    const seal = open(`${NEW},${OLD}`);
    let rounds = 0;
    do {
      rounds++;
      expect(read(seal)).toEqual([..."1234567"].map((n) => `ada ${n}`).concat([..."1234567"].map((n) => `bob ${n}`)));
    } while (seal.reseal(4));
    // 14 rows in fours, and the last look finds fewer than it asked for.
    expect(rounds).toBe(4);
    expect(marks().size).toBe(1);
    expect(dump()).not.toContain("ada 1");
    expect(read(open(NEW))).not.toContain(null);
    expect(seal.isResealing).toBe(false);
  });

  it("leave alone what is not theirs: rows of other versions, and those that are not to be sealed", () => {
    const { open, put, dump } = notes();
    const plain = open(undefined);
    put(plain, "ada", 0);
    put(plain, "ada", 5, 2);
    put(plain, "ada", 6);
    const seal = open(NEW);
    expect(seal.reseal(100)).toBe(false);
    expect(dump()).toContain("ada 0");
    expect(dump()).toContain("ada 5");
    expect(dump()).not.toContain("ada 6");
  });

  it("that cannot be opened stay, are counted each once and told once, and keep no other from being sealed", () => {
    const { open, put, read, dump } = notes();
    const lost = open(OLD);
    for (let id = 1; id <= 5; id++) put(lost, "ada", id);
    put(open(undefined), "bob", 1);
    const seal = open(NEW);
    expect(read(seal)).toEqual([null, null, null, null, null, "bob 1"]);
    while (seal.reseal(2)) expect(read(seal)).toContain("bob 1");
    expect(dump()).not.toContain("bob 1");
    expect(seal.unopened).toEqual({ rows: 5, detail: expect.stringMatching(/which HEDDLE_STORAGE_KEY does not have/) });
    expect(errors).toEqual([
      expect.objectContaining({ event: "stored_row_unreadable", object: "Notes", purpose: "note" }),
    ]);
    expect(read(open(`${NEW},${OLD}`))).not.toContain(null);
  });

  it("are plain without a key, and nothing is to be sealed", () => {
    const { open, put, dump } = notes();
    const seal = open(undefined);
    put(seal, "ada", 1);
    expect(dump()).toContain("ada 1");
    expect(seal.isLocked).toBe(false);
    expect(seal.reseal(10)).toBe(false);
    expect(seal.unopened).toEqual({ rows: 0, detail: "" });
  });
});

/** The storage of an object on Node's own SQLite: what stores do with rows, without an object around them. */

interface Statement {
  all(...bindings: (string | number | null)[]): Record<string, unknown>[];
}

/** Of a program without the types of Node. */
const SQLITE: string = "node:sqlite";
const { DatabaseSync } = (await import(SQLITE)) as {
  DatabaseSync: new (path: string) => { prepare(query: string): Statement };
};

export interface FakeStorage<Storage> {
  readonly storage: Storage;
  /** Every text of every row of every table, as it is stored. */
  readonly dump: () => string;
}

/** - `Storage`: what of DurableObjectStorage is used; `sql.exec` and `transactionSync` are there. */
export function sqlStorage<Storage>(): FakeStorage<Storage> {
  const database = new DatabaseSync(":memory:");
  const statements = new Map<string, Statement>();
  const all = (query: string, ...bindings: (string | number | null)[]) => {
    const statement = statements.get(query) ?? database.prepare(query);
    statements.set(query, statement);
    return statement.all(...bindings);
  };
  const changes = () => Number(all("SELECT total_changes() AS n")[0]!.n);
  const exec = (query: string, ...bindings: (string | number | null)[]) => {
    const before = changes();
    const rows = all(query, ...bindings);
    return {
      rowsWritten: changes() - before,
      toArray: () => rows,
      one: () => rows[0],
      [Symbol.iterator]: () => rows[Symbol.iterator](),
    };
  };
  const transactionSync = (act: () => unknown) => act();
  return {
    storage: { sql: { exec }, transactionSync } as Storage,
    dump() {
      const tables = all("SELECT name FROM sqlite_master WHERE type = 'table'");
      return tables.map(({ name }) => JSON.stringify(all(`SELECT * FROM "${name}"`))).join("\n");
    },
  };
}

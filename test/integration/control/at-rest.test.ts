import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { ControlledEdge } from "../../../src/cli/workerd/start-edge.ts";
import { startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { meshOf } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(() => own.close());

const OLD = "old-storage-key-0123456789abcdef0123456789";
const NEW = "new-storage-key-0123456789abcdef0123456789";
const HOST = "shop-of-a-secret-project.example.com";
const MESSAGE = "because-ada-said-so-in-the-meeting";

const config = (weight: number) =>
  `# nobody outside may know of this project\nservices: { shop: { endpoints: [{ id: a, url: "https://${HOST}", weight: ${weight} }] } }\nroutes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]\n`;

async function start(stateDir: string, key: string | undefined): Promise<ControlledEdge> {
  const mesh = await meshOf('services: { shop: { endpoints: [{ id: a, url: "http://127.0.0.1:9" }] } }\nroutes: []');
  const bindings = key === undefined ? {} : { HEDDLE_STORAGE_KEY: key };
  return startEdge({ mesh, region: "weur", stateDir, bindings, control: { bindings } });
}

async function call(edge: ControlledEdge, path: string, init: RequestInit = {}) {
  const headers = { authorization: `Bearer ${edge.controlToken}`, ...(init.headers as Record<string, string>) };
  const answer = await fetch(`${edge.controlUrl}${path}`, { ...init, headers });
  return { status: answer.status, body: (await answer.json()) as Record<string, never> };
}

const apply = (edge: ControlledEdge, base: number, weight: number) =>
  call(edge, "/v1/config", {
    method: "PUT",
    headers: {
      "content-type": "application/yaml",
      "if-match": `"${base}"`,
      "x-heddle-message": MESSAGE,
      "idempotency-key": `k-${weight}-0123456789`,
    },
    body: config(weight),
  });

/** Everything that the runtime wrote for the objects whose rows are sealed, its journals included. */
async function onDisk(stateDir: string): Promise<string> {
  const names = await readdir(stateDir, { recursive: true, withFileTypes: true });
  const files = names.filter((one) => one.isFile() && /MeshConfig|AccessControl/.test(one.parentPath));
  const texts = await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), "latin1")));
  return texts.join("\n");
}

describe("what the control plane keeps", () => {
  it("is plain without a key, sealed once there is one, and sealed anew under the next", async () => {
    const stateDir = await own.folder();
    let edge = await start(stateDir, undefined);
    expect((await apply(edge, 0, 1)).status).toBe(201);
    await edge.stop();
    // What is looked for is there to be found.
    const plain = await onDisk(stateDir);
    expect(plain).toContain("nobody outside may know");
    expect(plain).toContain(MESSAGE);

    edge = await start(stateDir, OLD);
    const read = async () =>
      (await call(edge, "/v1/config")).body as unknown as { source: { text: string }; version: { message: string } };
    expect((await read()).source.text).toBe(config(1));
    expect((await apply(edge, 1, 2)).status).toBe(201);
    expect((await read()).version.message).toBe(MESSAGE);
    const audit = await call(edge, "/v1/audit?actor=bootstrap");
    expect((audit.body.items as unknown as unknown[]).length).toBeGreaterThanOrEqual(2);
    await vi.waitFor(
      async () => {
        await call(edge, "/v1/audit");
        const { count } = await marksIn(stateDir);
        expect(count).toBeGreaterThan(0);
      },
      { timeout: 60_000, interval: 500 },
    );
    const former = (await marksIn(stateDir)).ids;
    await edge.stop();

    edge = await start(stateDir, `${NEW},${OLD}`);
    expect((await read()).source.text).toBe(config(2));
    expect(former.size).toBe(1);
    await vi.waitFor(
      async () => {
        await Promise.all([call(edge, "/v1/audit"), read()]);
        const ids = await idsInVersions(stateDir);
        expect([ids.size, ...ids]).toEqual([1, expect.not.stringContaining([...former][0]!)]);
      },
      { timeout: 60_000, interval: 500 },
    );
    await edge.stop();

    // The former key is gone: what was sealed anew is read under the new one alone.
    edge = await start(stateDir, NEW);
    expect((await read()).source.text).toBe(config(2));
    expect((await call(edge, "/v1/config/versions/1")).body).toMatchObject({ source: { text: config(1) } });
    await edge.stop();
  });

  it("is not to be found on the disk, and is refused under another key while the mesh goes on", async () => {
    const stateDir = await own.folder();
    let edge = await start(stateDir, OLD);
    expect((await apply(edge, 0, 1)).status).toBe(201);
    expect((await apply(edge, 0, 1)).status).toBe(201);
    const digest = (await call(edge, "/v1/config")).body.version;
    await edge.stop();
    const disk = await onDisk(stateDir);
    expect(disk).toContain("heddle-sealed.1.");
    for (const text of ["nobody outside may know", MESSAGE, '"actor":"bootstrap"', '"requestId"']) {
      expect(disk).not.toContain(text);
    }

    edge = await start(stateDir, NEW);
    const { status, body } = await call(edge, "/v1/config");
    expect(status).toBe(200);
    expect(body).toMatchObject({
      source: null,
      sealed: expect.stringMatching(/storage key [0-9a-f]{8}, which HEDDLE_STORAGE_KEY does not have/),
      version: { digest: (digest as unknown as { digest: string }).digest, message: expect.stringContaining("sealed") },
    });
    expect((await call(edge, "/v1/audit")).body).toMatchObject({ items: [], sealed: 1 });
    // What is in force stays so, and the next version can be made.
    expect((await call(edge, "/v1/services")).status).toBe(200);
    expect((await apply(edge, 1, 3)).status).toBe(201);
    await edge.stop();

    // Nothing was deleted: with the right key all of it is there again.
    edge = await start(stateDir, `${NEW},${OLD}`);
    expect((await call(edge, "/v1/config/versions/1")).body).toMatchObject({ source: { text: config(1) } });
    await edge.stop();
  });

  it("does not take a row for another one", async () => {
    const stateDir = await own.folder();
    let edge = await start(stateDir, OLD);
    expect((await apply(edge, 0, 1)).status).toBe(201);
    expect((await apply(edge, 1, 2)).status).toBe(201);
    await edge.stop();
    const folder = join(stateDir, "heddle-MeshConfig");
    const name = (await readdir(folder)).find((file) => /^[0-9a-f]{64}\.sqlite$/.test(file))!;
    const database = new DatabaseSync(join(folder, name));
    // The sources of the two versions change places.
    database.exec("UPDATE content_piece SET content = 3 - content + 1000 WHERE part = 'source'");
    database.exec("UPDATE content_piece SET content = content - 1000 WHERE part = 'source'");
    database.close();

    edge = await start(stateDir, OLD);
    for (const version of [1, 2]) {
      expect((await call(edge, `/v1/config/versions/${version}`)).body).toMatchObject({
        source: null,
        sealed: "it was changed, or belongs to another row",
      });
    }
    await edge.stop();
  });
});

/** The control plane's objects, by what they keep of an estate. */
const KEEPERS = /-(EventHub|AccessControl|Registry|ApiKeys|ServiceHistory)$/;
const NAME = "nightjar-of-ada";
const ADDRESS = "instance-7.nightjar.example.com";
const LABEL = "the-nightjar-team";
const WORDS = [NAME, ADDRESS, LABEL, MESSAGE];

const ESTATE = `
services: { found: { endpoints: [{ id: a, url: "http://127.0.0.1:49151" }], discovery: { registration: {} } } }
authentication: { providers: { partners: { type: APIKey, issued: {} } } }
notifications: [{ name: hook, type: webhook, url: "http://127.0.0.1:49151/hook", events: [config], hold: 0s, flaps: 0 }]
routes: [{ rules: [{ backendRefs: [{ service: found }] }] }]
`;

/** Texts of every row of the control plane's databases, as SQLite reads them: freed pages are not rows. */
async function rowsOnDisk(stateDir: string): Promise<{ readonly texts: readonly string[]; readonly keepers: number }> {
  const folders = (await readdir(stateDir)).filter((name) => KEEPERS.test(name));
  const texts: string[] = [];
  for (const folder of folders) {
    const files = (await readdir(join(stateDir, folder))).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file));
    for (const file of files) {
      const database = new DatabaseSync(join(stateDir, folder, file), { readOnly: true });
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      for (const { name } of tables) {
        if (!/^(sqlite_|_cf_)/.test(String(name))) {
          const rows = database.prepare(`SELECT * FROM "${name}"`).all();
          texts.push(...rows.map((row) => `${folder}/${name} ${Object.values(row).join(" ")}`));
        }
      }
      database.close();
    }
  }
  return { texts, keepers: folders.length };
}

const wordsIn = (texts: readonly string[]) => WORDS.filter((word) => texts.some((text) => text.includes(word)));

async function startEstate(stateDir: string, key: string | undefined): Promise<ControlledEdge> {
  const bindings = key === undefined ? {} : { HEDDLE_STORAGE_KEY: key };
  const mesh = await meshOf(ESTATE);
  const allow = { HEDDLE_ALLOW_ENDPOINTS: "http,private,loopback" };
  return startEdge({ mesh, region: "weur", stateDir, bindings, control: { bindings: { ...bindings, ...allow } } });
}

const post = (edge: ControlledEdge, path: string, json: unknown, method = "POST") =>
  call(edge, path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(json) });

/** Something of everything that is kept: a registration, a token, an API key, and a version with its event and its notice. */
async function keep(edge: ControlledEdge): Promise<void> {
  const registration = { url: `https://${ADDRESS}`, labels: { team: LABEL }, ttlMs: 300_000 };
  const put = await post(edge, "/v1/services/found/registrations/i-7", registration, "PUT");
  expect([put.status, put.body]).toMatchObject([expect.any(Number), { url: `https://${ADDRESS}` }]);
  const token = { name: NAME, scopes: ["read"], services: null, expiresIn: "1d" };
  expect((await post(edge, "/v1/tokens", token)).status).toBe(201);
  const made = await post(edge, "/v1/api-keys", { provider: "partners", name: NAME, scopes: [] });
  expect(made.status).toBe(201);
  const headers = { "content-type": "application/yaml", "if-match": '"0"', "x-heddle-message": MESSAGE };
  const applied = await call(edge, "/v1/config", { method: "PUT", headers, body: `${ESTATE}# one more line\n` });
  expect([applied.status, applied.body]).toMatchObject([201, {}]);
  await vi.waitFor(async () => expect(JSON.stringify(await readAll(edge))).toContain(MESSAGE), WAIT);
}

const WAIT = { timeout: 60_000, interval: 500 };

/** What people see of it. */
async function readAll(edge: ControlledEdge): Promise<readonly unknown[]> {
  const paths = ["/v1/events", "/v1/services/found/registrations", "/v1/tokens", "/v1/api-keys?provider=partners"];
  const answers = await Promise.all(paths.map((path) => call(edge, path)));
  return answers.map(({ body }) => (body as { items?: unknown }).items);
}

describe("what tells of somebody's estate", () => {
  it("is plain without a key, and sealed row by row once there is one, then under the next", async () => {
    const stateDir = await own.folder();
    let edge = await startEstate(stateDir, undefined);
    await keep(edge);
    await edge.stop();
    // What is looked for is there to be found.
    const plain = await rowsOnDisk(stateDir);
    expect(plain.keepers).toBe(5);
    expect(wordsIn(plain.texts)).toEqual(WORDS);

    for (const key of [OLD, `${NEW},${OLD}`]) {
      edge = await startEstate(stateDir, key);
      await vi.waitFor(async () => {
        const seen = JSON.stringify(await readAll(edge));
        for (const word of WORDS) expect(seen).toContain(word);
        const { texts } = await rowsOnDisk(stateDir);
        expect(wordsIn(texts)).toEqual([]);
        const marks = texts.flatMap((text) =>
          [...text.matchAll(/heddle-sealed\.1\.([0-9a-f]{8})\./g)].map(([, id]) => id),
        );
        expect(new Set(marks).size).toBe(1);
      }, WAIT);
      await edge.stop();
    }

    edge = await startEstate(stateDir, NEW);
    const seen = JSON.stringify(await readAll(edge));
    for (const word of WORDS) expect(seen).toContain(word);
    await edge.stop();
  });

  it("is nowhere on the disk where there was a key from the beginning; without it, the mesh goes on, and says what is lost", async () => {
    const stateDir = await own.folder();
    let edge = await startEstate(stateDir, OLD);
    await keep(edge);
    await edge.stop();
    const names = await readdir(stateDir, { recursive: true, withFileTypes: true });
    const files = names.filter((one) => one.isFile() && KEEPERS.test(one.parentPath));
    const texts = await Promise.all(files.map((one) => readFile(join(one.parentPath, one.name), "latin1")));
    expect(wordsIn(texts)).toEqual([]);

    edge = await startEstate(stateDir, NEW);
    await vi.waitFor(async () => {
      const problems = String((await call(edge, "/v1/whoami")).body.problems);
      for (const what of ["tokens of the control plane: 1", "events and notifications", "API keys of partners: 1"])
        expect(problems).toContain(what);
      expect(problems).toContain("the registry of found");
      expect(problems).toMatch(/storage key [0-9a-f]{8}, which HEDDLE_STORAGE_KEY does not have/);
    }, WAIT);
    // The instance that nobody can read has not left the set that is in force, and may register again.
    const service = await call(edge, "/v1/services/found");
    expect((service.body.endpoints as unknown as { id: string }[]).map(({ id }) => id).sort()).toEqual(["a", "i-7"]);
    const again = { url: `https://${ADDRESS}`, ttlMs: 300_000 };
    expect((await post(edge, "/v1/services/found/registrations/i-7", again, "PUT")).status).toBe(201);
    expect(
      (await post(edge, "/v1/tokens", { name: NAME, scopes: ["read"], services: null, expiresIn: "1d" })).status,
    ).toBe(201);
    await edge.stop();
  });
});

/** Ids of the keys under which something on the disk is sealed. */
async function marksIn(stateDir: string): Promise<{ readonly ids: ReadonlySet<string>; readonly count: number }> {
  const found = [...(await onDisk(stateDir)).matchAll(/heddle-sealed\.1\.([0-9a-f]{8})\./g)];
  return { ids: new Set(found.map(([, id]) => id!)), count: found.length };
}

/** Ids of the keys under which the rows of versions are sealed that hold now: pages of a database keep what was replaced, too. */
async function idsInVersions(stateDir: string): Promise<ReadonlySet<string>> {
  const folder = join(stateDir, "heddle-MeshConfig");
  const names = (await readdir(folder)).filter((file) => /^[0-9a-f]{64}\.sqlite$/.test(file));
  const rows = names.flatMap((name) => {
    const database = new DatabaseSync(join(folder, name), { readOnly: true });
    try {
      const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      return tables.flatMap((table) => database.prepare(`SELECT * FROM "${table.name}"`).all());
    } finally {
      database.close();
    }
  });
  const texts = rows.flatMap((row) => Object.values(row).map((value) => textOf(value)));
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/heddle-sealed\.1\.([0-9a-f]{8})\./g)].map(([, id]) => id!)),
  );
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : String(value);
}

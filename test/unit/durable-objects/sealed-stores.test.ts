/** What every store of the control plane keeps about somebody's estate: sealed, sealed anew, and not missed when it is lost. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TokenRow } from "../../../durable-objects/access-control/rows.ts";
import { SEALED_TOKENS, TokenStore } from "../../../durable-objects/access-control/token-store.ts";
import type { KeyRow } from "../../../durable-objects/api-keys/key.ts";
import { KeyStore } from "../../../durable-objects/api-keys/key-store.ts";
import {
  forgetUnopened,
  readStored,
  SEALED_CLUSTER,
  writeChange,
  writeFollower,
} from "../../../durable-objects/cluster-watch/storage.ts";
import { EventStore, SEALED_EVENTS, SEALED_FACTS } from "../../../durable-objects/event-hub/event-store.ts";
import { NEW_TARGET, NoticeStore, SEALED_NOTICES } from "../../../durable-objects/event-hub/notice-store.ts";
import { note, persist, restore, SEALED_ITEMS, type Written } from "../../../durable-objects/registry/storage.ts";
import { NewsLog, SEALED_NEWS } from "../../../durable-objects/service-history/news-log.ts";
import { createTables } from "../../../durable-objects/service-history/storage.ts";
import type { Instance } from "../../../src/discovery/registry/instance.ts";
import { createRegistry } from "../../../src/discovery/registry/state.ts";
import { RowSeal, type SealedTable } from "../../../src/security/at-rest/row-seal.ts";
import { openVault } from "../../../src/security/at-rest/vault.ts";
import type { MeshEvent } from "../../../src/telemetry/events/event.ts";
import { endpointOf } from "../../fixtures/meshes.ts";
import { sqlStorage } from "./sql-storage.ts";

const OLD = "old-0123456789abcdef0123456789abcdef";
const NEW = "new-0123456789abcdef0123456789abcdef";
/** In everything that is kept. */
const PLAIN = "ada-of-project-nightjar";

const eventOf = (n: number): MeshEvent => ({
  ...{ id: `shop:root:${n}`, atMs: n, service: "shop", endpoint: null, region: null, type: "config", key: "config" },
  ...{ severity: "info", summary: `${PLAIN} applied ${n}`, cause: { author: PLAIN } },
});

interface Kept {
  /** Writes something. */
  write(n: number): unknown;
  /** Everything that can be read, as JSON. */
  read(): unknown;
  /** Seals anew what is not as it would be written now. */
  reseal(): unknown;
}

interface Store {
  readonly name: string;
  open(storage: DurableObjectStorage, key: string | undefined): Kept | Promise<Kept>;
}

const sealed = (storage: DurableObjectStorage, key: string | undefined, tables: readonly SealedTable[]) => {
  const seal = new RowSeal(storage.sql, key, "Test", tables);
  return { seal, reseal: () => seal.reseal(1_000) };
};

const STORES: readonly Store[] = [
  {
    name: "events and facts",
    open(storage, key) {
      const { seal, reseal } = sealed(storage, key, [SEALED_EVENTS, SEALED_FACTS]);
      const store = new EventStore(storage, seal);
      const everything = { services: null, type: "", sinceMs: 0, before: null, limit: 100 };
      return {
        reseal,
        write(n) {
          store.append([eventOf(n)], null);
          store.setFact(`condition/${n}`, { summary: PLAIN });
        },
        read: () => [store.page(everything).events, [...store.facts("condition/")]],
      };
    },
  },
  {
    name: "incidents, deliveries and targets",
    open(storage, key) {
      const { seal, reseal } = sealed(storage, key, SEALED_NOTICES);
      const store = new NoticeStore(storage, seal);
      return {
        reseal,
        write(n) {
          const incident = { open: [], sinceMs: n, isTold: true, beganMs: n, beginnings: [], isFlapping: false };
          store.setIncident("pager", `config/${n}`, { ...incident, event: eventOf(n), over: null });
          store.setTarget(`pager-${n}`, { ...NEW_TARGET, lastError: PLAIN });
          const notice = { kind: "note", event: eventOf(n) } as const;
          store.enqueue("pager", { key: `${n}`, createdMs: n, notice, isRepeat: false });
        },
        read: () => [[...(store.incidents.get("pager") ?? [])], store.target("pager-1"), store.queue("pager")],
      };
    },
  },
  {
    name: "tokens",
    open(storage, key) {
      const { seal, reseal } = sealed(storage, key, [SEALED_TOKENS]);
      const store = new TokenStore(storage.sql, seal);
      const times = { createdAtMs: 1, expiresAtMs: Number.MAX_SAFE_INTEGER, revokedAtMs: null, lastUsedAtMs: null };
      const rest = { ...times, scopes: ["read"] as const, services: [PLAIN], secretHash: "0".repeat(64) };
      return {
        reseal,
        write: (n) => store.put({ id: `${n}`, name: PLAIN, createdBy: PLAIN, ...rest } satisfies TokenRow),
        read: () => store.list(),
      };
    },
  },
  {
    name: "API keys",
    async open(storage, key) {
      const store = new KeyStore(storage, openVault(key));
      await store.load();
      const rest = { scopes: [], createdAtMs: 1, createdBy: PLAIN, expiresAtMs: 0, revokedAtMs: null };
      return {
        reseal: () => store.reseal(),
        write: (n) =>
          store.put({ id: `${n}`.repeat(16), name: PLAIN, ...rest, sha256: "0".repeat(64) } satisfies KeyRow),
        read: () => store.list(),
      };
    },
  },
  {
    name: "news of a service's history",
    open(storage, key) {
      createTables(storage.sql);
      const { seal, reseal } = sealed(storage, key, [SEALED_NEWS]);
      const log = new NewsLog(storage.sql, "shop", seal);
      return {
        reseal,
        write(n) {
          const { id: _, service: __, ...news } = eventOf(n);
          log.add(news as Parameters<NewsLog["add"]>[0]);
        },
        read: () => log.since(0),
      };
    },
  },
  {
    name: "registrations and sets",
    open(storage, key) {
      const { seal } = sealed(storage, key, [SEALED_ITEMS]);
      const rows = { storage, seal };
      const state = createRegistry("shop", 0);
      const written: Written = new Map();
      restore(rows, state, written);
      const meta = () => {
        const { revision = 0, endpoints = [], draining = [] } = state.set ?? {};
        const order = endpoints.map(({ id }) => id);
        return { service: "shop", monitors: [], revision, draining, order, beatsAtMs: 0, beats: [] };
      };
      return {
        // A registry writes what is stored otherwise with its next set.
        reseal: () => persist(rows, state, meta(), written),
        write(n) {
          const endpoint = { ...endpointOf(`e${n}`, `https://${PLAIN}.example.com`), labels: { team: PLAIN } };
          const times = { ttlMs: 1, registeredAtMs: 1, heartbeatAtMs: 1, load: -1, loadAtMs: 0 };
          const instance: Instance = { endpoint, lease: PLAIN, ready: true, ...times, proof: { state: "not_needed" } };
          state.roster.set(`e${n}`, instance);
          note(rows, state, `e${n}`, written);
          const endpoints = [...state.roster.values()].map((one) => one.endpoint);
          state.set = { revision: n, endpoints, draining: [] };
          state.pool = { ...state.pool, content: { endpoints, draining: [] } };
          persist(rows, state, meta(), written);
        },
        read: () => [[...state.roster], state.set],
      };
    },
  },
  {
    name: "Services, slices and followers of a cluster",
    open(storage, key) {
      const { seal, reseal } = sealed(storage, key, [SEALED_CLUSTER]);
      const rows = { storage, seal };
      const stored = readStored(rows);
      return {
        reseal,
        write(n) {
          const record = {
            namespace: "a",
            name: "b",
            labels: { team: PLAIN },
            ports: [],
            externalIPs: [],
            ingress: [],
          };
          const stream = { resourceVersion: `${n}`, isSynced: true, heardAtMs: n, failures: 0, dueMs: 0, fault: null };
          const change = new Map([[`a/${n}`, record]]);
          writeChange(rows, { resource: "services", namespace: "" }, stream, change);
          writeFollower(rows, `shop-${n}`, { sources: [], untilMs: n });
        },
        read: () => [[...stored.inventory.services], [...stored.followers], [...stored.streams]],
      };
    },
  },
];

let errors: readonly string[] = [];
beforeEach(() => {
  errors = [];
  vi.spyOn(console, "error").mockImplementation((line) => {
    errors = [...errors, String(line)];
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const marksIn = (dump: string) => new Set([...dump.matchAll(/heddle-sealed\.1\.([0-9a-f]{8})/g)].map(([, id]) => id));

describe.each(STORES)("$name", ({ open }) => {
  it("are plain without a key, read with one, sealed when they are written and all of them in time", async () => {
    const { storage, dump } = sqlStorage<DurableObjectStorage>();
    const plain = await open(storage, undefined);
    await plain.write(1);
    expect(dump()).toContain(PLAIN);
    expect(marksIn(dump()).size).toBe(0);

    const before = await open(storage, OLD);
    expect(JSON.stringify(await before.read())).toContain(PLAIN);
    await before.write(2);
    expect(marksIn(dump()).size).toBe(1);
    await before.reseal();
    expect(dump()).not.toContain(PLAIN);
    const said = JSON.stringify(await (await open(storage, OLD)).read());
    expect(said).toContain(PLAIN);

    const rotating = await open(storage, `${NEW},${OLD}`);
    expect(JSON.stringify(await rotating.read())).toBe(said);
    await rotating.reseal();
    expect(marksIn(dump()).size).toBe(1);
    expect(JSON.stringify(await (await open(storage, NEW)).read())).toBe(said);
    expect(errors).toEqual([]);
  });

  it("that cannot be opened are said aloud, and what comes after them is kept", async () => {
    const { storage } = sqlStorage<DurableObjectStorage>();
    await (await open(storage, OLD)).write(1);
    const lost = await open(storage, NEW);
    expect(JSON.stringify(await lost.read())).not.toContain(PLAIN);
    expect(errors.join()).toMatch(/"stored_row_unreadable".*which HEDDLE_STORAGE_KEY does not have/);
    await lost.write(2);
    await lost.reseal();
    expect(JSON.stringify(await (await open(storage, NEW)).read())).toContain(PLAIN);
    const without = await open(storage, undefined);
    expect(JSON.stringify(await without.read())).not.toContain(PLAIN);
  });
});

describe("what cannot be opened", () => {
  it("waits for nobody: a target without readable deliveries has none, and those that come are delivered", () => {
    const { storage } = sqlStorage<DurableObjectStorage>();
    const open = (key: string) => new NoticeStore(storage, sealed(storage, key, SEALED_NOTICES).seal);
    const delivery = { key: "1", createdMs: 1, notice: { kind: "note", event: eventOf(1) }, isRepeat: false } as const;
    open(OLD).enqueue("pager", delivery);
    const store = open(NEW);
    expect([...store.waiting()]).toEqual([]);
    store.enqueue("pager", delivery);
    expect([...store.waiting()]).toEqual(["pager"]);
    expect(store.queue("pager")).toMatchObject([{ key: "1" }]);
  });

  it("is counted on the page of events that lacks it", () => {
    const { storage } = sqlStorage<DurableObjectStorage>();
    const open = (key: string) => new EventStore(storage, sealed(storage, key, [SEALED_EVENTS]).seal);
    open(OLD).append([eventOf(1), eventOf(2)], null);
    const store = open(NEW);
    store.append([eventOf(3)], null);
    const page = store.page({ services: null, type: "", sinceMs: 0, before: null, limit: 1 });
    expect(page).toMatchObject({ events: [{ id: "shop:root:3" }], next: null, sealed: 2 });
  });

  it("does not give numbers of a history's news a second time, which nobody would take", () => {
    const { storage } = sqlStorage<DurableObjectStorage>();
    createTables(storage.sql);
    const open = (key: string) => new NewsLog(storage.sql, "shop", sealed(storage, key, [SEALED_NEWS]).seal);
    const { id: _, service: __, ...news } = eventOf(1);
    const before = open(OLD);
    for (let n = 0; n < 3; n++) before.add(news as Parameters<NewsLog["add"]>[0]);
    const after = open(NEW);
    after.add(news as Parameters<NewsLog["add"]>[0]);
    expect(after.since(0)).toMatchObject([{ n: 4, event: { id: "shop:history:4" } }]);
  });

  it("of a cluster is forgotten with where its streams stood, so that all is listed anew", () => {
    const { storage } = sqlStorage<DurableObjectStorage>();
    const rows = (key: string) => ({ storage, seal: sealed(storage, key, [SEALED_CLUSTER]).seal });
    const record = { namespace: "a", name: "b", labels: {}, ports: [], externalIPs: [], ingress: [] };
    const stream = { resourceVersion: "7", isSynced: true, heardAtMs: 1, failures: 0, dueMs: 0, fault: null };
    const key = { resource: "services", namespace: "" } as const;
    writeChange(rows(OLD), key, stream, new Map([["a/old", record]]));
    writeChange(rows(NEW), key, { ...stream, resourceVersion: "8" }, new Map([["a/new", record]]));
    const lost = rows(NEW);
    expect(readStored(lost)).toMatchObject({ streams: new Map() });
    forgetUnopened(lost);
    // With the former key back, nothing comes back that the cluster may have deleted long ago.
    const back = readStored(rows(`${NEW},${OLD}`));
    expect([...back.inventory.services.keys()]).toEqual(["a/new"]);
    expect(back.streams.size).toBe(0);
  });
});

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultOfStatus, readPage, readWatchLine } from "../../../../src/discovery/kubernetes/answers.ts";
import { emptyInventory, onList, onObject } from "../../../../src/discovery/kubernetes/inventory.ts";
import { LineSplitter, MAX_LINE_CHARS } from "../../../../src/discovery/kubernetes/lines.ts";
import { readService, readSlice } from "../../../../src/discovery/kubernetes/records.ts";
import { serviceJson, sliceJson } from "./cluster.ts";

const line = (type: string, object: unknown) => readWatchLine("endpointslices", JSON.stringify({ type, object }), "S");
const versioned = (object: ReturnType<typeof sliceJson>) => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: "7" },
});

describe("an answer other than 200", () => {
  it.each([
    [401, null, { reason: "unauthorized", secret: "S" }],
    [403, null, { reason: "forbidden", detail: "why" }],
    [404, null, { reason: "unknown_resource" }],
    [410, null, { reason: "gone" }],
    [429, "3", { reason: "throttled", status: 429, retryAfterMs: 3_000 }],
    [429, "soon", { reason: "throttled", status: 429, retryAfterMs: 0 }],
    [503, "1", { reason: "throttled", status: 503, retryAfterMs: 1_000 }],
    [503, null, { reason: "status", status: 503, detail: "why" }],
    [302, null, { reason: "status", status: 302, detail: "why" }],
  ])("%i is a fault of its own", (status, retryAfter, fault) => {
    expect(faultOfStatus(status, '{"kind":"Status","message":"why"}', retryAfter, "S")).toEqual(fault);
  });

  it("is shown in part when it is long, and without what cannot be printed", () => {
    const fault = faultOfStatus(500, `\u0007${"x".repeat(1_000)}`, null, "S");
    expect(fault).toMatchObject({ detail: `${"x".repeat(200)}…` });
  });
});

describe("a page of a list", () => {
  const page = (over: object) =>
    readPage(
      "services",
      JSON.stringify({ kind: "ServiceList", metadata: { resourceVersion: "5" }, items: [], ...over }),
    );

  it("has its records, its version and the way to the next", () => {
    const metadata = { resourceVersion: "5", continue: "abc" };
    expect(page({ metadata, items: [serviceJson("web"), {}, null, "x"] })).toMatchObject({
      records: [{ name: "web" }],
      resourceVersion: "5",
      next: "abc",
    });
    expect(page({ items: null })).toEqual({ records: [], resourceVersion: "5", next: "" });
  });

  it.each([
    { kind: "PodList" },
    { metadata: {} },
    { metadata: null },
    { items: {} },
    { metadata: { resourceVersion: "5", continue: 1 } },
  ])("is none with %j", (over) => {
    expect(page(over)).toBeNull();
  });
});

describe("a line of a watch", () => {
  it("is an object that came, changed or went, or a bookmark", () => {
    const slice = versioned(sliceJson("web", { "10.0.0.1": {} }));
    expect(line("ADDED", slice)).toMatchObject({
      type: "object",
      key: "prod/web-1",
      record: { service: "web" },
      resourceVersion: "7",
    });
    expect(line("DELETED", slice)).toMatchObject({ type: "object", key: "prod/web-1", record: null });
    expect(line("BOOKMARK", { metadata: { resourceVersion: "9" } })).toEqual({
      type: "bookmark",
      resourceVersion: "9",
    });
  });

  it("takes an object that is no longer of use for one that went", () => {
    const slice = versioned(sliceJson("web", {}));
    expect(line("MODIFIED", { ...slice, metadata: { ...slice.metadata, labels: {} } })).toMatchObject({ record: null });
  });

  it.each([
    ["410", { code: 410 }, { reason: "gone" }],
    ["500", { code: 500, message: "etcd" }, { reason: "status", status: 500, detail: "etcd" }],
    ["no code", {}, { reason: "status", status: 500 }],
  ])("is a fault when the server says %s", (_, status, fault) => {
    expect(line("ERROR", status)).toMatchObject({ type: "fault", fault });
    expect(line("ERROR", undefined)).toMatchObject({ type: "fault", fault: { reason: "status", status: 500 } });
  });

  it("never throws, whatever it is", () => {
    const json = fc.jsonValue().map((value) => JSON.stringify(value));
    const event = fc.record({
      type: fc.constantFrom("ADDED", "DELETED", "ERROR", "BOOKMARK", "X"),
      object: fc.jsonValue(),
    });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          json,
          event.map((value) => JSON.stringify(value)),
        ),
        (text) => {
          readWatchLine("services", text, "S");
          readPage("services", text);
        },
      ),
      { numRuns: 3_000, seed: 9 },
    );
  });
});

describe("records", () => {
  it("never throw, whatever they are read from", () => {
    const near = fc.record({
      metadata: fc.oneof(
        fc.jsonValue(),
        fc.constant({ name: "a", namespace: "b", labels: { "kubernetes.io/service-name": "s" } }),
      ),
      spec: fc.jsonValue(),
      status: fc.jsonValue(),
      ports: fc.jsonValue(),
      endpoints: fc.oneof(
        fc.jsonValue(),
        fc.array(fc.record({ addresses: fc.jsonValue(), conditions: fc.jsonValue(), hints: fc.jsonValue() })),
      ),
    });
    fc.assert(
      fc.property(near, (value) => {
        readService(value);
        readSlice(value);
      }),
      { numRuns: 3_000, seed: 13 },
    );
  });

  it("leave out ports of other protocols, and slices of host names", () => {
    const ports = [
      { name: "dns", port: 53, protocol: "UDP" },
      { name: "http", port: 80, protocol: "TCP" },
    ];
    expect(readService(serviceJson("web", { ports }))?.ports).toEqual([{ name: "http", port: 80, nodePort: 0 }]);
    expect(readSlice(sliceJson("web", { "a.example": {} }, { addressType: "FQDN" }))?.endpoints).toEqual([]);
  });
});

describe("the lines of a stream", () => {
  it("are the same however the bytes are cut up, in the middle of a character too", () => {
    const text = 'one\n\n{"é":"日本"}\nthree';
    const bytes = new TextEncoder().encode(`${text}\n`);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 8 }), (cuts) => {
        const splitter = new LineSplitter();
        const ends = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const lines = ends.slice(1).flatMap((end, i) => splitter.push(bytes.slice(ends[i], end)) ?? []);
        expect(lines).toEqual(["one", '{"é":"日本"}', "three"]);
      }),
      { seed: 17 },
    );
  });

  it("are given up when one does not end", () => {
    const splitter = new LineSplitter();
    const piece = new Uint8Array(1_024 * 1_024).fill(0x61);
    const pushes = Array.from({ length: MAX_LINE_CHARS / piece.length + 1 }, () => splitter.push(piece));
    expect(pushes.map((lines) => lines !== null)).toEqual([...pushes.slice(1).map(() => true), false]);
  });
});

describe("an inventory", () => {
  const key = { resource: "endpointslices", namespace: "" } as const;
  const slice = readSlice(sliceJson("web", { "10.0.0.1": {} }))!;

  it("says what a list changed: what came, what differs, what is gone", () => {
    const inventory = emptyInventory();
    expect([...onList(inventory, key, [slice])]).toEqual([["prod/web-1", slice]]);
    expect([...onList(inventory, key, [slice])]).toEqual([]);
    expect([...onList(inventory, { ...key, namespace: "other" }, [])]).toEqual([]);
    expect([...onList(inventory, key, [])]).toEqual([["prod/web-1", null]]);
  });

  it("takes an event twice without a change", () => {
    const inventory = emptyInventory();
    expect(onObject(inventory, "endpointslices", "prod/web-1", slice).size).toBe(1);
    expect(onObject(inventory, "endpointslices", "prod/web-1", slice).size).toBe(0);
    expect(onObject(inventory, "endpointslices", "prod/web-1", null).size).toBe(1);
    expect(onObject(inventory, "endpointslices", "prod/web-1", null).size).toBe(0);
  });
});

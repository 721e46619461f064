import { type Answer, decode, encode } from "dns-packet";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAnswer } from "../../../../src/discovery/dns/answer.ts";
import { decodeMessage, encodeQuery } from "../../../../src/discovery/dns/message.ts";

const question = { name: "shop.example.com", type: "A", class: "IN" } as const;
const message = (answers: readonly Answer[], flags = 0) =>
  new Uint8Array(encode({ id: 0, type: "response", flags, questions: [question], answers: [...answers] }));

describe("a DNS query", () => {
  it("is one that another implementation reads", () => {
    const query = encodeQuery("_https._tcp.Shop.example.com.", "SRV")!;
    expect(decode(Buffer.from(query))).toMatchObject({
      id: 0,
      type: "query",
      flag_rd: true,
      questions: [{ name: "_https._tcp.Shop.example.com", type: "SRV", class: "IN" }],
    });
  });

  it.each([
    ["an empty label", "a..b"],
    ["nothing", ""],
    ["a label of 64 bytes", `${"a".repeat(64)}.com`],
    ["more than 255 bytes", `${"a234567890.".repeat(25)}com`],
    ["what is not ASCII", "schön.example"],
    ["a space", "a b.example"],
  ])("is none for %s", (_, name) => {
    expect(encodeQuery(name, "A")).toBeNull();
  });
});

describe("a DNS message", () => {
  it("is read with compressed names, and without the records of other types and classes", () => {
    const read = decodeMessage(
      message([
        { type: "CNAME", name: "shop.example.com", ttl: 5, data: "WWW.Example.com" },
        { type: "TXT", name: "www.example.com", ttl: 5, data: "hello" },
        { type: "A", name: "www.example.com", ttl: 6, data: "203.0.113.1" },
        { type: "A", name: "www.example.com", class: "CH", ttl: 6, data: "203.0.113.2" },
        { type: "AAAA", name: "www.example.com", ttl: 7, data: "2001:db8::a" },
        {
          type: "SRV",
          name: "x.example.com",
          ttl: 8,
          data: { priority: 1, weight: 2, port: 3, target: "y.example.com" },
        },
      ]),
    );
    expect(read).toMatchObject({ code: 0, isTruncated: false, question: { name: "shop.example.com", type: 1 } });
    expect(read?.answers).toEqual([
      { name: "shop.example.com", ttlS: 5, data: { type: "CNAME", target: "www.example.com" } },
      { name: "www.example.com", ttlS: 6, data: { type: "A", address: "203.0.113.1" } },
      { name: "www.example.com", ttlS: 7, data: { type: "AAAA", address: "2001:db8:0:0:0:0:0:a" } },
      {
        name: "x.example.com",
        ttlS: 8,
        data: { type: "SRV", priority: 1, weight: 2, port: 3, target: "y.example.com" },
      },
    ]);
  });

  it("takes a TTL with its highest bit for 0", () => {
    const bytes = message([{ type: "A", name: "shop.example.com", ttl: 1, data: "203.0.113.1" }]);
    bytes[bytes.length - 10] = 0x80;
    expect(decodeMessage(bytes)?.answers[0]?.ttlS).toBe(0);
  });

  it("keeps a dot within a label apart from one between labels", () => {
    const bytes = message([]);
    bytes[12 + 3] = 0x2e;
    expect(decodeMessage(bytes)?.question.name).toBe("sh\\046p.example.com");
  });

  it.each([
    ["pointer to itself", [0xc0, 0x0c]],
    ["pointer forwards", [0xc0, 0x20]],
    ["label type that nobody has", [0x80, 0x01]],
    ["label beyond the end", [0x3f, 0x61]],
  ])("is none with a %s", (_, name) => {
    const bytes = new Uint8Array([0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1]);
    expect(decodeMessage(bytes)).toBeNull();
  });

  it("is none as a query, without a question, or cut off anywhere", () => {
    const whole = message([{ type: "A", name: "shop.example.com", ttl: 1, data: "203.0.113.1" }]);
    for (let length = 0; length < whole.length; length++) expect(decodeMessage(whole.slice(0, length))).toBeNull();
    expect(decodeMessage(encodeQuery("shop.example.com", "A")!)).toBeNull();
  });

  it("never throws and never takes long, whatever the bytes are", () => {
    const bytes = fc.uint8Array({ maxLength: 600 });
    fc.assert(
      fc.property(bytes, (raw) => {
        decodeMessage(raw);
      }),
      { numRuns: 5_000, seed: 7 },
    );
  });

  it("never throws on a good message with some bytes changed, and what it reads are addresses and names", () => {
    const good = message([
      { type: "CNAME", name: "shop.example.com", ttl: 5, data: "www.example.com" },
      { type: "A", name: "www.example.com", ttl: 6, data: "203.0.113.1" },
      {
        type: "SRV",
        name: "www.example.com",
        ttl: 8,
        data: { priority: 1, weight: 2, port: 3, target: "y.example.com" },
      },
    ]);
    const changes = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(changes, (list) => {
        const bytes = good.slice();
        for (const [at, value] of list) bytes[at] = value;
        const read = decodeMessage(bytes);
        if (read === null) return;
        const answer = readAnswer(read, "shop.example.com", "A");
        if (answer.says !== "records") return;
        for (const { address } of answer.records) expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
        expect(answer.ttlS).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 5_000, seed: 11 },
    );
  });
});

describe("the aliases in an answer", () => {
  const alias = (name: string, data: string): Answer => ({ type: "CNAME", name, ttl: 9, data });

  it("are a failure when they go round", () => {
    const read = decodeMessage(
      message([alias("shop.example.com", "b.example"), alias("b.example", "shop.example.com")]),
    )!;
    expect(readAnswer(read, "shop.example.com", "A")).toMatchObject({ says: "failure" });
  });

  it("are followed in whatever order they come, and records of other names do not count", () => {
    const read = decodeMessage(
      message([
        { type: "A", name: "evil.example", ttl: 1, data: "203.0.113.66" },
        { type: "A", name: "c.example", ttl: 20, data: "203.0.113.1" },
        alias("b.example", "c.example"),
        alias("shop.example.com", "b.example"),
      ]),
    )!;
    expect(readAnswer(read, "Shop.example.com.", "A")).toEqual({
      says: "records",
      records: [{ type: "A", address: "203.0.113.1" }],
      ttlS: 9,
    });
  });
});

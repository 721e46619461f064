import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALLOWANCES, type Allowance, checkEndpointUrl, parseAllowances } from "../../../src/security/endpoint-url.ts";

const codeOf = (url: string, allow: readonly Allowance[] = [], self: readonly string[] = []): string => {
  const check = checkEndpointUrl(url, { allow, self });
  return check.ok ? "ok" : check.fault.code;
};

describe("checkEndpointUrl", () => {
  it.each([
    ["https://shop.example.com", "ok"],
    ["https://shop.example.com:8443/base", "ok"],
    ["https://8.8.8.8/", "ok"],
    ["https://[2606:4700::1111]/", "ok"],
    ["HTTPS://SHOP.EXAMPLE.COM.", "ok"],
    ["http://shop.example.com", "scheme"],
    ["ftp://shop.example.com", "scheme"],
    ["file:///etc/passwd", "not_a_url"],
    ["javascript://%0aalert(1)", "scheme"],
    ["data:text/plain,x", "not_a_url"],
    ["shop.example.com", "not_a_url"],
    ["https:shop.example.com", "not_a_url"],
    ["https:///shop.example.com", "not_a_url"],
    ["//shop.example.com", "not_a_url"],
    ["", "not_a_url"],
    ["https://", "not_a_url"],
    ["https://a b.example.com", "not_a_url"],
    ["https://shop.exa\tmple.com", "not_a_url"],
    [" https://shop.example.com", "not_a_url"],
    ["https://shop.example.com\\@127.0.0.1", "not_a_url"],
    [`https://${"a".repeat(3_000)}.example.com`, "not_a_url"],
    ["https://user:secret@shop.example.com", "credentials"],
    ["https://user@shop.example.com", "credentials"],
    ["https://@shop.example.com", "credentials"],
    ["https://:@shop.example.com", "credentials"],
    ["https://shop.example.com/@home", "ok"],
    ["https://shop.example.com?x=1", "query"],
    ["https://shop.example.com/#x", "query"],
    ["https://shop.example.com:22", "port"],
    ["https://shop.example.com:25/", "port"],
    ["https://shop.example.com:0/", "port"],
    ["https://shop.example.com..", "not_a_url"],
    ["https://a..example.com", "not_a_url"],
    ["https://localhost", "loopback"],
    ["https://LOCALHOST.", "loopback"],
    ["https://app.localhost:8080", "loopback"],
    ["https://127.0.0.1", "loopback"],
    ["https://127.0.0.1.", "loopback"],
    ["https://127.1", "loopback"],
    ["https://0177.0.0.1", "loopback"],
    ["https://0x7f.1", "loopback"],
    ["https://2130706433", "loopback"],
    ["https://１２７.0.0.1", "loopback"],
    ["https://[::1]", "loopback"],
    ["https://[0:0:0:0:0:0:0:1]", "loopback"],
    ["https://[::ffff:127.0.0.1]", "loopback"],
    ["https://[::127.0.0.1]", "loopback"],
    ["https://[64:ff9b::7f00:1]", "loopback"],
    ["https://[2002:7f00:1::]", "loopback"],
    ["https://[2606:4700::5efe:127.0.0.1]", "loopback"],
    ["https://10.1.2.3", "private"],
    ["https://172.31.255.255", "private"],
    ["https://172.32.0.0", "ok"],
    ["https://192.168.1.1", "private"],
    ["https://100.64.0.1", "private"],
    ["https://203.0.113.7", "private"],
    ["https://[fd12:3456::1]", "private"],
    ["https://[::ffff:10.0.0.1]", "private"],
    ["https://[2001:db8::1]", "private"],
    ["https://intranet", "private"],
    ["https://db.corp", "private"],
    ["https://shop.svc.cluster.local", "private"],
    ["https://ip-10-0-0-1.ec2.internal", "private"],
    ["https://169.254.1.1", "link-local"],
    ["https://[fe80::1]", "link-local"],
    ["https://169.254.169.254/latest/meta-data", "metadata"],
    ["https://0xa9fea9fe", "metadata"],
    ["https://[::ffff:a9fe:a9fe]", "metadata"],
    ["https://[fd00:ec2::254]", "metadata"],
    ["https://[FD00:0EC2:0:0:0:0:0:254]", "metadata"],
    ["https://100.100.100.200", "metadata"],
    ["https://metadata.google.internal", "metadata"],
    ["https://METADATA.google.internal.", "metadata"],
    ["https://0.0.0.0", "reserved"],
    ["https://0", "reserved"],
    ["https://224.0.0.1", "reserved"],
    ["https://255.255.255.255", "reserved"],
    ["https://[::]", "reserved"],
    ["https://[ff02::1]", "reserved"],
    ["https://[2001:0:4136:e378::]", "reserved"],
  ])("says of %s: %s", (url, expected) => {
    expect(codeOf(url)).toBe(expected);
  });

  it("refuses metadata, link-local and unassigned addresses whatever is allowed", () => {
    const urls = [
      "http://169.254.169.254",
      "http://[fd00:ec2::254]",
      "http://metadata",
      "http://[fe80::1]",
      "http://0",
    ];
    expect(urls.map((url) => codeOf(url, ALLOWANCES))).not.toContain("ok");
  });

  it.each([
    ["http://shop.example.com", "http"],
    ["https://10.0.0.1", "private"],
    ["https://localhost:8787", "loopback"],
  ] as const)("lets %s pass when %s is allowed, and only then", (url, allowance) => {
    expect(codeOf(url, [allowance])).toBe("ok");
    expect(
      codeOf(
        url,
        ALLOWANCES.filter((one) => one !== allowance),
      ),
    ).not.toBe("ok");
  });

  it("goes by what the service says of plaintext, beside what is allowed", () => {
    const code = (url: string, allow: readonly Allowance[], plaintext: "private" | "refuse" | "upgrade" | "allow") => {
      const checked = checkEndpointUrl(url, { allow, plaintext });
      return checked.ok ? "ok" : checked.fault.code;
    };
    expect(code("http://shop.example.com", ["http"], "private")).toBe("scheme");
    expect(code("http://10.0.0.1", ["http", "private"], "private")).toBe("ok");
    expect(code("http://10.0.0.1", ["http", "private"], "refuse")).toBe("scheme");
    expect(code("http://shop.example.com", ["http"], "allow")).toBe("ok");
    expect(code("http://shop.example.com", [], "allow")).toBe("scheme");
    // Never asked by http, it needs no leave for it.
    expect(code("http://shop.example.com", [], "upgrade")).toBe("ok");
  });

  it("refuses a hostname that the mesh answers, in any spelling, unless that is allowed", () => {
    const self = ["Shop.Example.com", "*.mesh.example"];
    expect(codeOf("https://SHOP.example.com.", [], self)).toBe("loop");
    expect(codeOf("https://a.mesh.example", [], self)).toBe("loop");
    expect(codeOf("https://mesh.example", [], self)).toBe("ok");
    expect(codeOf("https://origin.shop.example.com", [], self)).toBe("ok");
    expect(codeOf("https://shop.example.com", ["self"], self)).toBe("ok");
  });

  it("says how to put it right", () => {
    expect(checkEndpointUrl("https://user:secret@shop.example.com", { allow: [] })).toEqual({
      ok: false,
      fault: {
        code: "credentials",
        message: "holds credentials",
        fix: "take them out and send them in `headers`",
      },
    });
  });

  it("never repeats credentials in what it says", () => {
    const check = checkEndpointUrl("https://user:hunter2@10.0.0.1", { allow: [] });
    expect(JSON.stringify(check)).not.toContain("hunter2");
  });
});

/** The ways in which browsers and libraries write one IPv4 address. */
const spellings = (value: number): fc.Arbitrary<string> => {
  const parts = [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
  const number = (n: number) =>
    fc.constantFrom(String(n), `0x${n.toString(16)}`, `0X${n.toString(16).toUpperCase()}`, `0${n.toString(8)}`);
  const last = (count: number) => value % 2 ** (8 * (5 - count));
  return fc
    .integer({ min: 1, max: 4 })
    .chain((count) =>
      fc.tuple(...parts.slice(0, count - 1).map(number), number(last(count))).map((all) => all.join(".")),
    );
};

const embeddings = (value: number): readonly string[] => {
  const [high, low] = [(value >>> 16).toString(16), (value & 0xffff).toString(16)];
  return [
    `[::ffff:${high}:${low}]`,
    `[0:0:0:0:0:FFFF:${high}:${low}]`,
    `[::ffff:0:${high}:${low}]`,
    `[64:ff9b::${high}:${low}]`,
    `[2002:${high}:${low}::1]`,
    `[2606:4700::5efe:${high}:${low}]`,
  ];
};

describe("checkEndpointUrl, for any address", () => {
  const inside = fc.oneof(
    fc.integer({ min: 0x0a000000, max: 0x0affffff }),
    fc.integer({ min: 0x7f000000, max: 0x7fffffff }),
    fc.integer({ min: 0xac100000, max: 0xac1fffff }),
    fc.integer({ min: 0xc0a80000, max: 0xc0a8ffff }),
    fc.integer({ min: 0x64400000, max: 0x647fffff }),
    fc.integer({ min: 0xa9fe0000, max: 0xa9feffff }),
  );

  it("refuses an inside IPv4 address however it is written", () => {
    const written = inside.chain((value) => spellings(value));
    fc.assert(
      fc.property(written, (host) => codeOf(`https://${host}/`) !== "ok"),
      { seed: 1, numRuns: 2_000 },
    );
  });

  it("refuses an inside IPv4 address in every IPv6 address that carries it", () => {
    const carried = inside.chain((value) => fc.constantFrom(...embeddings(value)));
    fc.assert(
      fc.property(carried, (host) => codeOf(`https://${host}/`) !== "ok"),
      { seed: 2, numRuns: 2_000 },
    );
  });

  it("says of every spelling what it says of the plain address", () => {
    const pairs = fc
      .integer({ min: 0, max: 0xffffffff })
      .chain((value) =>
        fc.tuple(fc.constant(value), fc.oneof(spellings(value), fc.constantFrom(...embeddings(value)))),
      );
    const plain = (value: number) => [24, 16, 8, 0].map((bits) => (value >>> bits) & 255).join(".");
    fc.assert(
      fc.property(pairs, ([value, host]) => codeOf(`https://${host}`) === codeOf(`https://${plain(value)}`)),
      { seed: 3, numRuns: 2_000 },
    );
  });

  it("never throws, and takes nothing that the platform does not parse as http or https", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.webUrl(),
      fc.string().map((rest) => `https://${rest}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const check = checkEndpointUrl(text, { allow: ALLOWANCES });
        return !check.ok || /^https?:$/.test(new URL(check.url).protocol);
      }),
      { seed: 4, numRuns: 2_000 },
    );
  });
});

describe("parseAllowances", () => {
  it.each([
    [undefined, [], []],
    ["", [], []],
    ["http, loopback", ["http", "loopback"], []],
    ["http,http private everything", ["http", "private"], ["everything"]],
  ])("reads %j", (text, allow, unknown) => {
    expect(parseAllowances(text)).toEqual({ allow, unknown });
  });
});

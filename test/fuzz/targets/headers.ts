/** What callers and origins write into URLs and header fields. */
import fc from "fast-check";
import { blockOf, createAddress, parseAddress } from "../../../src/core/authz/address.ts";
import { readingsOf } from "../../../src/core/authz/path-readings.ts";
import { cookieValue } from "../../../src/core/balance/hash-key.ts";
import { optionsOf } from "../../../src/core/connection-options.ts";
import { askedFault } from "../../../src/core/filter/fault.ts";
import { retryAfterMs } from "../../../src/core/retry/retry-after.ts";
import { normalPath } from "../../../src/core/route/normal-path.ts";
import { queryValue } from "../../../src/core/route/query-value.ts";
import { readToken } from "../../../src/core/session/token.ts";
import { addressOf } from "../../../src/edge/address.ts";
import { stripConnectionOptions } from "../../../src/edge/connection-options.ts";
import { checkEndpointUrl } from "../../../src/security/endpoint-url.ts";
import { parseTraceparent } from "../../../src/telemetry/trace/traceparent.ts";
import { parseTracestate } from "../../../src/telemetry/trace/tracestate.ts";
import { garbled } from "../mutations.ts";
import { fuzzTarget, must } from "../target.ts";

const paths = [
  "/a/b/../c",
  "/a//b/./c;v=1/d",
  "/%61/%2e%2E/%zz/%00",
  "/a\\b\\..\\c",
  "/é/\ud800/ü?x=1",
  "/public/..;/admin",
];
const NOW_MS = Date.UTC(2026, 10, 21);

export const headerTargets = [
  fuzzTarget(
    {
      name: "path",
      holds: "the form of a path's form is the form itself, begins with a slash and goes up nowhere",
      cases: 8_000,
    },
    fc.tuple(
      garbled(paths).map((path) => `/${path}`),
      fc.boolean(),
    ),
    ([path, merges]) => {
      const normal = normalPath(path, merges);
      must(normal === normalPath(normal, merges), `${normal} has another form`);
      must(normal.startsWith("/") && !/\/\.\.?(\/|$)/.test(normal), `${normal} is not resolved`);
      must(
        new URL(`http://h${normal}`).pathname === normal || normal.includes("//"),
        `a URL parser reads ${normal} otherwise`,
      );
      must(readingsOf(normal).length <= 16, "more readings of a path than can be decided about");
    },
  ),
  fuzzTarget(
    {
      name: "url",
      holds: "a URL that the platform hands over is cut into the parts that its parser sees",
      cases: 5_000,
    },
    garbled([
      "http://shop.example.com:8080/a?b=1#c",
      "https://[::1]/x",
      "http://a.b./?",
      "https://1.2.3.4:443/p;q",
    ]).filter((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)),
    (text) => {
      const url = new URL(text);
      if (url.username !== "" || url.password !== "") return;
      const address = addressOf(url.href, false);
      must(address.isOdd || address.host === url.hostname.replace(/\.$/, ""), `host ${address.host} of ${url.href}`);
      must(address.isOdd || address.port === Number(url.port), `port ${address.port} of ${url.href}`);
      must(address.query === url.search, `query ${address.query} of ${url.href}`);
    },
  ),
  fuzzTarget(
    { name: "fields", holds: "fields of a header are read, or say nothing", cases: 5_000 },
    garbled([
      "close, x-a,, keep-alive",
      "1.1 heddle, 1.0 fred (x)",
      'a=1; heddle-session=1.abcdefghijk.1.2; c="3"',
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "a=1,b@c=2,d= 3 ",
      "120",
      "Wed, 21 Oct 2026 07:28:00 GMT",
      "?a=1&b=%32&a=3&&=",
      `1.abcdefghijk.l0ve.l0ve.${"x".repeat(43)}`,
    ]),
    (text) => {
      must(optionsOf(text).length <= text.length + 1, "more options than characters");
      const waitMs = retryAfterMs(text, NOW_MS);
      must(waitMs >= 0 && waitMs <= 300_000, `waits for ${waitMs}`);
      must(parseTracestate(text).length <= 512, "a longer tracestate than there may be");
      const parent = parseTraceparent(text);
      must(parent === null || /^[0-9a-f]{32}$/.test(parent.traceId), "a trace id that is none");
      cookieValue(text, "heddle-session");
      queryValue(text, "a");
      readToken(text);
      askedFault(text, text);
    },
  ),
  fuzzTarget(
    { name: "connection", holds: "what Connection names is removed, whatever else it says", cases: 2_000 },
    garbled(["close, x-one", "x-one,,x-two ;", "keep-alive"]).map((text) => text.replaceAll(/[^\t\x20-\x7e]/g, "")),
    (text) => {
      const headers = new Headers({ "x-one": "1", "x-two": "2", host: "h" });
      stripConnectionOptions(headers, text);
      const named = text
        .toLowerCase()
        .split(",")
        .map((option) => option.trim());
      must(!named.includes("x-one") || !headers.has("x-one"), "x-one is still there");
    },
  ),
  fuzzTarget(
    { name: "address", holds: "addresses and blocks of them are read, or are none", cases: 5_000 },
    garbled(["192.0.2.7", "2001:db8::1", "::ffff:192.0.2.7", "10.0.0.0/8", "fe80::1%eth0", "0x7f.1", "2001:db8::/32"]),
    (text) => {
      const address = createAddress();
      parseAddress(text, address);
      blockOf(text);
    },
  ),
  fuzzTarget(
    {
      name: "endpoint-url",
      holds: "a URL that is taken for an endpoint is one of a public host, by https",
      cases: 5_000,
    },
    garbled([
      "https://shop.example.com/base",
      "https://127.0.0.1/",
      "https://[::ffff:7f00:1]/",
      "http://2130706433/",
      "https://user:pw@a.example.com/",
      "https://shop.example.com:0/",
      "https://localhost./",
      "https://169.254.169.254/latest",
    ]),
    (text) => {
      const checked = checkEndpointUrl(text, { allow: [] });
      if (!checked.ok) return;
      const { protocol, hostname, username, password } = new URL(text);
      must(protocol === "https:" && username === "" && password === "", `${text} was taken`);
      must(
        !/^((127|10|0)(\.\d+){3}|(169\.254|192\.168)(\.\d+){2}|localhost\.?|\[::1\]|\[fe80.*)$/.test(hostname),
        `${text} was taken`,
      );
    },
  ),
];

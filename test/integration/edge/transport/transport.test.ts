import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../../src/cli/workerd/start-edge.ts";
import { ask, attemptsOf } from "../../harness/ask.ts";
import { type Authority, createAuthority } from "../../harness/certificates.ts";
import { servicesByHost } from "../../harness/configs.ts";
import { createResources } from "../../harness/resources.ts";
import { stateOf } from "../../harness/state.ts";
import { startTlsOrigin, type TlsOrigin, type TlsOriginOptions } from "./tls-origin.ts";

const own = createResources();
const opened: TlsOrigin[] = [];
afterAll(async () => {
  await own.close();
  for (const origin of opened) await origin.close();
});

let authority: Authority;
let stranger: Authority;
beforeAll(async () => {
  [authority, stranger] = await Promise.all([createAuthority("origins"), createAuthority("strangers")]);
});

async function origin(options: TlsOriginOptions): Promise<TlsOrigin> {
  const started = await startTlsOrigin(options);
  opened.push(started);
  return started;
}

const NO_RETRY = "retry: { attempts: 0 }";

describe("an origin's certificate", () => {
  let edge: Edge;
  const origins: TlsOrigin[] = [];

  beforeAll(async () => {
    origins.push(
      await origin({ name: "good", ...(await authority.issue("good", ["localhost"])) }),
      await origin({ name: "unknown-authority", ...(await stranger.issue("localhost", ["localhost"])) }),
      await origin({ name: "other-name", ...(await authority.issue("elsewhere", ["elsewhere.test"])) }),
    );
    const [good, ...bad] = origins;
    const service = ({ name, url }: TlsOrigin) => `endpoints: [{ id: ${name}, url: "${url}" }], ${NO_RETRY}`;
    edge = await own.edge(
      servicesByHost({
        ...Object.fromEntries(origins.map((one) => [one.name, service(one)])),
        "bad-then-good": `endpoints: [
          { id: bad, url: "${bad[0]!.url}", priority: 0 }, { id: good, url: "${good!.url}", priority: 1 }
        ], failover: { priorities: strict, allOut: nextPriority }`,
      }),
      { authorities: [authority.cert] },
    );
  });

  it("that is right lets the request through", async () => {
    expect((await ask(edge, "/", { host: "good.test" })).text).toBe("good");
  });

  it.each(["unknown-authority", "other-name"])(
    "that is wrong (%s) is a failed connection, and nothing is told to who has it",
    async (name) => {
      const answer = await ask(edge, "/secret", { host: `${name}.test`, headers: { authorization: "Bearer s3cret" } });
      expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([503, expect.stringContaining("UF")]);
      expect(new Set(attemptsOf(answer.headers))).toEqual(new Set([`${name}:connect-failure`]));
      expect(origins.find((one) => one.name === name)!.requests).toEqual([]);
    },
  );

  it("that is wrong makes another endpoint answer", async () => {
    const answer = await ask(edge, "/", { host: "bad-then-good.test" });
    expect([answer.status, answer.text]).toEqual([200, "good"]);
  });
});

describe("an endpoint whose URL is http", () => {
  it("is asked by https where the service upgrades it: on the same port, with its certificate checked", async () => {
    const good = await origin({ name: "upgraded", ...(await authority.issue("upgraded", ["localhost"])) });
    const wrong = await origin({ name: "wrong", ...(await stranger.issue("wrong", ["localhost"])) });
    const plain = ({ name, url }: TlsOrigin) => `endpoints: [{ id: ${name}, url: "${url.replace("https", "http")}" }]`;
    const edge = await own.edge(
      servicesByHost({
        good: `${plain(good)}, plaintext: upgrade`,
        wrong: `${plain(wrong)}, plaintext: upgrade, ${NO_RETRY}`,
        // The same without: its TLS server makes nothing of a request in the clear.
        clear: `${plain(good)}, ${NO_RETRY}`,
      }),
      { authorities: [authority.cert] },
    );
    expect((await ask(edge, "/up", { host: "good.test" })).text).toBe("upgraded");
    expect((await ask(edge, "/up", { host: "wrong.test" })).status).toBe(503);
    expect((await ask(edge, "/clear", { host: "clear.test" })).status).toBeGreaterThanOrEqual(500);
    expect([good.requests.map(({ url }) => url), wrong.requests]).toEqual([["/up"], []]);
  });
});

describe("a client certificate", () => {
  let edge: Edge;
  let strict: TlsOrigin;
  let other: TlsOrigin;

  beforeAll(async () => {
    const server = await authority.issue("strict", ["localhost"]);
    strict = await origin({ name: "strict", ...server, clientAuthority: authority.cert });
    other = await origin({ name: "other", ...server, clientAuthority: authority.cert });
    const at = ({ name, url }: TlsOrigin, more = "") => `{ id: ${name}, url: "${url}"${more} }`;
    const check = `healthChecks: [{ type: http, kind: liveness, path: /health, interval: 1s }]`;
    edge = await own.edge(
      servicesByHost(
        {
          shop: `endpoints: [${at(strict)}], clientCertificate: SHOP_CERT, ${check}, ${NO_RETRY}`,
          own: `endpoints: [${at(other, ", clientCertificate: OTHER_CERT")}], clientCertificate: SHOP_CERT, ${NO_RETRY}`,
          bare: `endpoints: [${at(strict)}], ${NO_RETRY}`,
          strange: `endpoints: [${at(strict)}], clientCertificate: STRANGE_CERT, ${NO_RETRY}`,
          missing: `endpoints: [${at(strict)}], clientCertificate: NO_CERT, ${NO_RETRY}`,
          object: `endpoints: [${at(strict)}], clientCertificate: SERVICE_MONITOR, ${NO_RETRY}`,
        },
        `  - name: mirrored
    hostnames: [mirrored.test]
    rules:
      - backendRefs: [{ service: own }]
        filters: [{ type: RequestMirror, requestMirror: { backendRef: { service: shop } } }]`,
      ),
      {
        authorities: [authority.cert],
        certificates: [
          { binding: "SHOP_CERT", keyPair: await authority.issue("heddle-shop") },
          { binding: "OTHER_CERT", keyPair: await authority.issue("heddle-other") },
          { binding: "STRANGE_CERT", keyPair: await stranger.issue("heddle-shop") },
        ],
      },
    );
  });

  const clientsAt = ({ requests }: TlsOrigin, path: string) =>
    requests.filter(({ url }) => url === path).map(({ client }) => client);

  it("is shown to every endpoint of a service", async () => {
    expect((await ask(edge, "/with", { host: "shop.test" })).text).toBe("strict");
    expect(clientsAt(strict, "/with")).toEqual(["heddle-shop"]);
  });

  it("may be another one at an endpoint", async () => {
    expect((await ask(edge, "/own", { host: "own.test", method: "POST", body: "order" })).text).toBe("other");
    expect(clientsAt(other, "/own")).toEqual(["heddle-other"]);
  });

  it("of its own is shown to whoever gets a copy of a request", async () => {
    expect((await ask(edge, "/copied", { host: "mirrored.test" })).text).toBe("other");
    expect(clientsAt(other, "/copied")).toEqual(["heddle-other"]);
    await expect.poll(() => clientsAt(strict, "/copied")).toEqual(["heddle-shop"]);
  });

  it("is shown by probes, too", async () => {
    await expect
      .poll(() => strict.requests.find(({ url }) => url === "/health"), { timeout: 30_000 })
      .toMatchObject({ client: "heddle-shop", userAgent: "heddle-health-check" });
  });

  it.each(["bare", "strange"])(
    "that is missing or wrong (%s) is refused by the origin: nothing is answered",
    async (host) => {
      const { status } = await ask(edge, `/${host}`, { host: `${host}.test` });
      expect(status).toBe(503);
      expect(clientsAt(strict, `/${host}`)).toEqual([]);
    },
  );

  it.each([
    ["missing", "NO_CERT"],
    ["object", "SERVICE_MONITOR"],
  ])("without its binding (%s) sends nothing, and the state says what to do", async (host, binding) => {
    const answer = await ask(edge, `/${host}`, { host: `${host}.test`, method: "POST", body: "order" });
    expect(answer.status).toBe(503);
    expect(new Set(attemptsOf(answer.headers))).toEqual(new Set(["strict:connect-failure"]));
    expect(clientsAt(strict, `/${host}`)).toEqual([]);
    const { problems } = await stateOf(edge);
    expect(problems.filter((problem) => problem.includes(`mTLS binding ${binding}`))).toHaveLength(1);
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Origin } from "../../../src/cli/origin/start-origin.ts";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { MeshConfigInput } from "../../../src/config/schema/mesh.ts";
import { type Answer, ask, valuesOf } from "../harness/ask.ts";
import { meshOf } from "../harness/configs.ts";
import { steadily } from "../harness/machine.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath, serviceOf } from "../harness/rules.ts";
import { pause, stateOf } from "../harness/state.ts";
import { talk, webSocketOrigin } from "../harness/web-socket.ts";

const own = createResources();
afterAll(own.close);

const KEY = "0123456789abcdef0123456789abcdef";
const session = (more: object = {}) => ({ sessionPersistence: { sessionName: "seat", ...more } }) as const;
const endpointOf = ({ headers }: Answer) => headers["x-heddle-endpoint"];
const cookies = ({ rawHeaders }: Answer) => valuesOf(rawHeaders, "set-cookie");
/** Name and value of the only cookie. */
const tokenOf = (answer: Answer) => cookies(answer)[0]?.split(";")[0] ?? "";
const withCookie = (cookie: string) => ({ headers: { cookie } });

describe("a session", () => {
  let edge: Edge;
  let origins: Origin[];
  const upgradedAt: string[] = [];
  let config: (weight?: number) => string;

  beforeAll(async () => {
    origins = await Promise.all(["a", "b", "c"].map((name) => own.origin(name)));
    const [old, fresh] = await Promise.all([own.origin("old"), own.origin("fresh")]);
    const sockets = await Promise.all(
      ["s", "t"].map((name) =>
        own.rawOrigin(name, (connection) => webSocketOrigin(connection, () => upgradedAt.push(name))),
      ),
    );
    const services: MeshConfigInput["services"] = {
      shop: serviceOf(origins, { loadBalancing: { policy: "round-robin" } }),
      old: serviceOf([old]),
      sockets: serviceOf(sockets, { loadBalancing: { policy: "round-robin" } }),
      fresh: serviceOf([fresh]),
    };
    config = (weight = 1) =>
      rulesByPath(services, {
        "/cart": { ...session(), backendRefs: [{ service: "shop" }] },
        "/header": { ...session({ type: "Header", sessionName: "X-Seat" }), backendRefs: [{ service: "shop" }] },
        "/brief": { ...session({ absoluteTimeout: "1s" }), backendRefs: [{ service: "shop" }] },
        "/idle": { ...session({ idleTimeout: "1s" }), backendRefs: [{ service: "shop" }] },
        "/kept": {
          ...session({ absoluteTimeout: "1h", cookieConfig: { lifetimeType: "Permanent" } }),
          backendRefs: [{ service: "shop" }],
        },
        "/split": {
          ...session(),
          backendRefs: [
            { service: "old", weight },
            { service: "fresh", weight: 1 },
          ],
        },
        "/filtered": {
          ...session(),
          filters: [{ type: "ResponseHeaderModifier", responseHeaderModifier: { remove: ["set-cookie"] } }],
          backendRefs: [{ service: "shop" }],
        },
        "/socket": { ...session(), backendRefs: [{ service: "sockets" }] },
        "/anyone": { backendRefs: [{ service: "shop" }] },
      });
    edge = await own.edge(config(), { bindings: { HEDDLE_SESSION_KEY: KEY } });
  });

  it("begins with the first answer, in a cookie that is the rule's alone", async () => {
    const answer = await ask(edge, "/cart/items");
    expect(cookies(answer)).toHaveLength(1);
    expect(cookies(answer)[0]).toMatch(/^seat=1\.[\w.-]+; Path=\/cart; HttpOnly; SameSite=Lax$/);
    expect(answer.headers["x-heddle-session"]).toBe("new");
  });

  it("stays at its endpoint for 100 requests, and is told nothing more", async () => {
    const first = await ask(edge, "/cart");
    const cookie = `theme=dark; ${tokenOf(first)}; other=1`;
    for (let i = 0; i < 100; i += 1) {
      const answer = await ask(edge, "/cart", withCookie(cookie));
      expect(endpointOf(answer)).toBe(endpointOf(first));
      expect(cookies(answer)).toEqual([]);
      expect(answer.headers["x-heddle-session"]).toBe("kept");
    }
  });

  it("is spread as other requests are: three callers, three endpoints", async () => {
    const seats = new Set<unknown>();
    for (let i = 0; i < 3; i += 1) seats.add(endpointOf(await ask(edge, "/cart")));
    expect(seats.size).toBe(3);
  });

  it("does not tell where it is, nor give it away to whoever knows the endpoint's name", async () => {
    const token = decodeURIComponent(tokenOf(await ask(edge, "/cart")));
    const [, mark] = token.split(".");
    expect(token).not.toContain("127.0.0.1");
    for (const { name } of origins) expect(Buffer.from(mark!, "base64url").toString()).not.toContain(name);
  });

  it.each<[string, (token: string) => string]>([
    ["forged", (token) => `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`],
    ["of a later beginning", (token) => token.replace(/\.([0-9a-z]+)\.([0-9a-z]+)\./, ".zzzzzzzz.$2.")],
    ["with something before it", (token) => token.replace("seat=", "seat=x")],
    ["of nobody", () => "seat=hello"],
    ["empty", () => "seat="],
    ["of 8 KB", () => `seat=${"x".repeat(8_000)}`],
  ])("is replaced when its token is %s", async (_, forge) => {
    const token = tokenOf(await ask(edge, "/cart"));
    const answer = await ask(edge, "/cart", withCookie(forge(token)));
    expect(answer.status).toBe(200);
    expect(answer.headers["x-heddle-session"]).toBe("new");
    expect(cookies(answer)).toHaveLength(1);
  });

  it("goes by a header where the rule says so", async () => {
    const first = await ask(edge, "/header");
    const token = String(first.headers["x-seat"]);
    expect(token).toMatch(/^1\./);
    expect(cookies(first)).toEqual([]);
    for (let i = 0; i < 20; i += 1) {
      const answer = await ask(edge, "/header", { headers: { "x-seat": token } });
      expect(endpointOf(answer)).toBe(endpointOf(first));
      expect(answer.headers["x-seat"]).toBeUndefined();
    }
  });

  it("takes no token that was made for another session name", async () => {
    const token = tokenOf(await ask(edge, "/cart")).replace("seat=", "");
    const answer = await ask(edge, "/header", { headers: { "x-seat": token } });
    expect(answer.headers["x-heddle-session"]).toBe("new");
  });

  it("ends with its absolute timeout, and another one begins", async () => {
    const token = tokenOf(await ask(edge, "/brief"));
    await pause(1_050);
    const answer = await ask(edge, "/brief", withCookie(token));
    expect(answer.headers["x-heddle-session"]).toBe("new");
    expect(tokenOf(answer)).not.toBe(token);
  });

  it("is renewed while it is used, and ends when it is idle", async () => {
    // Longer than a second of idleness is what a machine must not add to the pauses.
    const token = await steadily(250, async (machine) => {
      machine.begin(edge);
      const first = await ask(edge, "/idle");
      let last = tokenOf(first);
      for (let i = 0; i < 4; i += 1) {
        await pause(400);
        const answer = await ask(edge, "/idle", withCookie(last));
        expect([answer.headers["x-heddle-session"], endpointOf(answer)]).toEqual(["renewed", endpointOf(first)]);
        last = tokenOf(answer);
      }
      return last;
    });
    await pause(1_100);
    expect((await ask(edge, "/idle", withCookie(token))).headers["x-heddle-session"]).toBe("new");
  });

  it("outlives the browser where it is permanent, for as long as it lasts", async () => {
    expect(cookies(await ask(edge, "/kept"))[0]).toMatch(/; Max-Age=3600;/);
  });

  it("is told even where filters remove what endpoints set", async () => {
    const answer = await ask(edge, "/filtered");
    expect(cookies(answer)).toHaveLength(1);
    const again = await ask(edge, "/filtered", withCookie(tokenOf(answer)));
    expect(endpointOf(again)).toBe(endpointOf(answer));
  });

  it("keeps its backend of a split, and drains when the weight goes to 0", async () => {
    const before: { token: string; endpoint: unknown }[] = [];
    for (let i = 0; i < 16; i += 1) {
      const answer = await ask(edge, "/split");
      before.push({ token: tokenOf(answer), endpoint: endpointOf(answer) });
    }
    // 16 draws of two alike miss one side with probability 2^-15.
    expect(new Set(before.map(({ endpoint }) => endpoint))).toEqual(new Set(["old", "fresh"]));
    await edge.putMesh(await meshOf(config(0)));
    for (const { token, endpoint } of before) {
      expect(endpointOf(await ask(edge, "/split", withCookie(token)))).toBe(endpoint);
    }
    for (let i = 0; i < 10; i += 1) expect(endpointOf(await ask(edge, "/split"))).toBe("fresh");
    await edge.putMesh(await meshOf(config()));
  });

  it("may begin with a WebSocket, and go on with others", async () => {
    const text = await talk(edge, "/socket", { host: "a.test" });
    const token = /^set-cookie: (seat=[^;]+);/im.exec(text)![1]!;
    for (let i = 0; i < 5; i += 1) await talk(edge, "/socket", { host: "a.test", cookie: token });
    expect(new Set(upgradedAt).size).toBe(1);
    expect(upgradedAt).toHaveLength(6);
  });

  it("is nobody's business on other rules", async () => {
    const answer = await ask(edge, "/anyone", withCookie("seat=1.x"));
    expect(cookies(answer)).toEqual([]);
    expect(answer.headers["x-heddle-session"]).toBeUndefined();
  });

  it("moves when its endpoint is gone, says so, and stays where it moved to", async () => {
    const first = await ask(edge, "/cart");
    const gone = origins.find(({ name }) => name === endpointOf(first))!;
    await gone.close();
    const moved = await ask(edge, "/cart", withCookie(tokenOf(first)));
    expect(moved.status).toBe(200);
    expect(endpointOf(moved)).not.toBe(gone.name);
    expect(moved.headers["x-heddle-session"]).toBe("moved");
    const token = tokenOf(moved);
    for (let i = 0; i < 20; i += 1) {
      expect(endpointOf(await ask(edge, "/cart", withCookie(token)))).toBe(endpointOf(moved));
    }
    const { sessions } = await stateOf(edge);
    expect(sessions.moved).toBeGreaterThanOrEqual(1);
    expect(sessions.refused).toBeGreaterThanOrEqual(6);
    // One of each timeout, and those of tries in which the machine stood still.
    expect(sessions.ended).toBeGreaterThanOrEqual(2);
  });
});

describe("without the key for sessions", () => {
  it("a mesh that keeps them is refused where another is in force, and opened loudly where none is", async () => {
    const origin = await own.origin("only");
    const services = { shop: serviceOf([origin]) };
    const backendRefs = [{ service: "shop" }];
    const plain = await meshOf(rulesByPath(services, { "/": { backendRefs } }));
    const keeping = await meshOf(rulesByPath(services, { "/": { ...session(), backendRefs } }));
    const bindings = { HEDDLE_SESSION_KEY: "too short" };
    const edge = await own.edgeOf(plain, { bindings });
    await expect(edge.putMesh(keeping)).rejects.toThrow("HEDDLE_SESSION_KEY");
    expect((await stateOf(edge)).meshVersion).toBe(plain.version);

    const lines: string[] = [];
    const opened = await own.edgeOf(keeping, { bindings, onLog: (line) => lines.push(line) });
    const answer = await ask(opened, "/");
    expect([answer.status, cookies(answer)]).toEqual([200, []]);
    expect((await stateOf(opened)).problems[0]).toContain("HEDDLE_SESSION_KEY");
    expect(lines.join("\n")).toContain("session_key_missing");
  });

  it("keys may be replaced: what the old one signed is believed, and signed anew", async () => {
    const origins = await Promise.all(["x", "y"].map((name) => own.origin(name)));
    const services = { shop: serviceOf(origins, { loadBalancing: { policy: "round-robin" } }) };
    const mesh = await meshOf(rulesByPath(services, { "/": { ...session(), backendRefs: [{ service: "shop" }] } }));
    const before = await own.edgeOf(mesh, { bindings: { HEDDLE_SESSION_KEY: KEY } });
    const after = await own.edgeOf(mesh, { bindings: { HEDDLE_SESSION_KEY: `${KEY.toUpperCase()},${KEY}` } });
    for (let i = 0; i < 4; i += 1) {
      const first = await ask(before, "/");
      const second = await ask(after, "/", withCookie(tokenOf(first)));
      expect([endpointOf(second), second.headers["x-heddle-session"]]).toEqual([endpointOf(first), "renewed"]);
      const third = await ask(after, "/", withCookie(tokenOf(second)));
      expect([endpointOf(third), third.headers["x-heddle-session"]]).toEqual([endpointOf(first), "kept"]);
    }
  });
});

describe("a split by a key", () => {
  it("keeps each caller on a side, and moves only to the side that grows", async () => {
    const [stable, canary] = await Promise.all([own.origin("stable"), own.origin("canary")]);
    const services = { stable: serviceOf([stable]), canary: serviceOf([canary]) };
    const config = (weight: number) =>
      rulesByPath(services, {
        "/": {
          splitOn: [
            { type: "header", name: "X-User" },
            { type: "cookie", name: "user" },
          ],
          backendRefs: [
            { service: "stable", weight: 100 - weight },
            { service: "canary", weight },
          ],
        },
      });
    const edge = await own.edge(config(30));
    const users = Array.from({ length: 100 }, (_, i) => `user-${i}`);
    const sides = () =>
      Promise.all(users.map(async (user) => endpointOf(await ask(edge, "/", { headers: { "x-user": user } }))));
    const before = await sides();
    expect(await sides()).toEqual(before);
    const canaries = before.filter((side) => side === "canary").length;
    // Binomial, n = 100, p = 0.3: five standard deviations are 23.
    expect(Math.abs(canaries - 30)).toBeLessThan(23);
    const byCookie = await ask(edge, "/", withCookie("user=user-1"));
    expect(endpointOf(byCookie)).toBe(before[1]);

    await edge.putMesh(await meshOf(config(60)));
    const after = await sides();
    for (const [i, side] of before.entries()) if (side === "canary") expect(after[i]).toBe("canary");
    expect(after.filter((side) => side === "canary").length).toBeGreaterThan(canaries);
  });
});

/** What an isolate holds of bodies, on real workerd: crowds of uploads that stop on the way, by raw sockets. */
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { signedHeaders } from "../../unit/security/authn/sign-request.ts";
import { ask } from "../harness/ask.ts";
import { growthMb } from "../harness/memory.ts";
import { createResources } from "../harness/resources.ts";
import { rulesByPath, serviceOf } from "../harness/rules.ts";
import { stateOf, until } from "../harness/state.ts";

const MB = 1_048_576;
const BUDGET_MB = 32;
const SECRET = "0123456789abcdef0123456789abcdef";
/** A crowded machine may take so long for anything. */
const PATIENCE_MS = 60_000;

const own = createResources();
afterAll(own.close);

/** An upload that stops when all but its last byte was sent. */
class StalledUpload {
  readonly #socket: Socket;
  #text = "";
  #isClosed = false;

  constructor(edge: Edge, path: string, bytes: number, headers: Readonly<Record<string, string>> = {}) {
    const { hostname, port } = new URL(edge.url);
    this.#socket = connect(Number(port), hostname);
    this.#socket.on("data", (data) => {
      this.#text += data.toString("latin1");
    });
    this.#socket.on("error", () => {});
    this.#socket.on("close", () => {
      this.#isClosed = true;
    });
    const head = { host: "shop.test", connection: "close", "content-length": String(bytes), ...headers };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(`POST ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
    this.#socket.write(Buffer.alloc(bytes - 1, "x"));
  }

  /** "" before there was an answer. */
  get status(): string {
    return this.#text.slice(9, 12);
  }

  /** Answered, or hung up on: what a server says before it has read all may be lost with the connection. */
  get isOver(): boolean {
    return this.#isClosed || this.status !== "";
  }

  get head(): string {
    return this.#text.split("\r\n\r\n")[0]!;
  }

  finish(): void {
    this.#socket.write("x");
  }

  leave(): void {
    this.#socket.resetAndDestroy();
  }
}

describe("bodies in memory", () => {
  let edge: Edge;
  let uploads: StalledUpload[] = [];
  let copies = 0;

  beforeAll(async () => {
    const origin = await own.origin("a", {
      respond: (request, response) => {
        request.on("error", () => {});
        request.on("end", () => response.end("done"));
        request.resume();
      },
    });
    const other = await own.origin("b", { onRequest: () => (copies += 1) });
    const plain = serviceOf([origin], { retry: { bufferBytes: 2 * MB }, timeouts: { request: "0s" } });
    const to = { backendRefs: [{ service: "plain" }] };
    const mirrored = [{ type: "RequestMirror", requestMirror: { backendRef: { service: "copies" } } } as const];
    edge = await own.edge(
      rulesByPath(
        {
          plain,
          copies: serviceOf([other]),
          signing: serviceOf([origin], { credentials: ["sign"], retry: { bufferBytes: 0 } }),
        },
        {
          "/kept": to,
          "/copied": { ...to, filters: mirrored },
          "/signed-up": { backendRefs: [{ service: "signing" }] },
          "/verified": { ...to, authentication: { providers: ["partners"] } },
          "/paced": {
            ...to,
            authentication: { providers: ["partners"] },
            bounds: { bodyGrace: "500ms", minBodyRate: 1_000_000 },
          },
          "/small": { ...to, authentication: { providers: ["partners"] }, bounds: { maxBodyBytes: 1_000 } },
        },
        {
          authentication: {
            providers: { partners: { type: "HMAC", keys: { acme: { secret: "KEY" } }, maxBodyBytes: 4 * MB } },
          },
          credentials: { sign: { type: "HMAC", keyId: "edge", key: { secret: "KEY" }, maxBodyBytes: 4 * MB } },
        },
      ),
      { bindings: { KEY: SECRET } },
    );
    await ask(edge, "/kept");
  });
  afterEach(async () => {
    for (const upload of uploads) upload.leave();
    uploads = [];
    await until("nothing held", PATIENCE_MS, bodies, ({ heldBytes }) => heldBytes === 0);
  });

  const statuses = () => uploads.map(({ status }) => status);
  const over = () => uploads.filter(({ isOver }) => isOver);
  const refused = () => uploads.filter(({ status }) => status === "503");
  const bodies = async () => (await stateOf(edge)).bodies;
  const begin = (count: number, path: string, bytes: number, headers?: () => Record<string, string>) => {
    uploads = Array.from({ length: count }, () => new StalledUpload(edge, path, bytes, headers?.()));
  };
  const signed = (path: string, body: string, method = "POST") => ({
    ...signedHeaders({ id: "acme", secret: SECRET, method, url: `http://shop.test${path}`, body }),
  });
  /** Somebody with a key whose signature is not right: that shows when all was read. */
  const badlySigned = () => signed("/verified", "another body");
  const post = (path: string, body: string | Buffer = "x", headers: Record<string, string> = {}) =>
    ask(edge, path, { host: "shop.test", method: "POST", body, headers });

  it("are three quarters of the budget at most for the sake of retries: others stream, nobody is refused, small ones pass", async () => {
    const before = await bodies();
    begin(80, "/kept", MB);
    const full = await until(
      "some were declined",
      PATIENCE_MS,
      bodies,
      ({ declined }) => declined - before.declined >= 80 - 0.75 * BUDGET_MB,
    );
    expect(full.heldBytes).toBeLessThanOrEqual(0.75 * BUDGET_MB * MB);
    expect(full.mostBytes).toBe(BUDGET_MB * MB);
    for (let n = 0; n < 5; n += 1) {
      expect([(await post("/kept")).status, (await ask(edge, "/kept")).status]).toEqual([200, 200]);
    }
    for (const upload of uploads) upload.finish();
    await until("all were answered", PATIENCE_MS, statuses, (seen) => seen.every((status) => status !== ""));
    expect(new Set(statuses())).toEqual(new Set(["200"]));
    expect((await bodies()).refused).toBe(before.refused);
  });

  it("that have to be verified take all of it and no more: the next ones are 503, to be tried again, and those after them pass", async () => {
    // 200 MB are sent, and 32 are held. With pieces, connections and what V8 has not collected it is 130 to 135; without a budget 346.
    const before = await bodies();
    const growth = await growthMb(edge.pid, async () => {
      begin(200, "/verified", MB, badlySigned);
      const enough = before.refused + 200 - BUDGET_MB;
      await until("some were refused", PATIENCE_MS, bodies, (those) => those.refused >= enough);
      await until("they were told", PATIENCE_MS, over, (those) => those.length >= 200 - BUDGET_MB);
    });
    expect(growth, "MB grown").toBeLessThan(220);
    const { heldBytes } = await bodies();
    expect(heldBytes).toBeGreaterThan(0.75 * BUDGET_MB * MB);
    expect(heldBytes).toBeLessThanOrEqual(BUDGET_MB * MB);
    expect(refused()[0]!.head).toMatch(/retry-after: 1(\r\n|$)/i);
    expect(refused()[0]!.head).toMatch(/x-heddle-flags: UO(\r\n|$)/);
    // What needs no memory goes on; small bodies for which there is none stream.
    expect([(await ask(edge, "/kept")).status, (await post("/kept", "small")).status]).toEqual([200, 200]);
    const among = uploads.length - over().length;
    for (const upload of uploads) upload.finish();
    await until("the others were judged", PATIENCE_MS, over, (those) => those.length === uploads.length);
    expect(statuses().filter((status) => status === "401")).toHaveLength(among);
    expect((await post("/verified", "ours", signed("/verified", "ours"))).status).toBe(200);
  });

  it("are not copied where memory is short, which is counted; the request itself passes", async () => {
    begin(40, "/verified", MB, badlySigned);
    await until("all is taken", PATIENCE_MS, bodies, ({ heldBytes }) => heldBytes > 28 * MB);
    const before = (await stateOf(edge)).mirrors;
    expect((await post("/copied", "one")).status).toBe(200);
    const { mirrors } = await stateOf(edge);
    expect(mirrors).toMatchObject({ sent: before.sent, tooLarge: before.tooLarge + 1 });
    expect(copies).toBe(0);
    for (const upload of uploads) upload.leave();
    await until("it is free again", PATIENCE_MS, bodies, ({ heldBytes }) => heldBytes === 0);
    expect((await post("/copied", "two")).status).toBe(200);
    await until(
      "it was copied",
      PATIENCE_MS,
      () => copies,
      (n) => n === 1,
    );
  });

  it("that the mesh has to sign are 503 where there is no room, and signed when there is", async () => {
    begin(40, "/verified", MB, badlySigned);
    await until("all is taken", PATIENCE_MS, bodies, ({ heldBytes }) => heldBytes > 29 * MB);
    const answer = await post("/signed-up", Buffer.alloc(4 * MB));
    expect([answer.status, answer.headers["retry-after"], answer.headers["x-heddle-flags"]]).toEqual([503, "1", "UO"]);
    for (const upload of uploads) upload.leave();
    await until("it is free again", PATIENCE_MS, bodies, ({ heldBytes }) => heldBytes === 0);
    expect((await post("/signed-up", Buffer.alloc(4 * MB))).status).toBe(200);
  });

  it.each(["/kept", "/verified"])("of callers who leave are freed (%s)", async (path) => {
    begin(12, path, MB, path === "/verified" ? badlySigned : undefined);
    await until("they are held", PATIENCE_MS, bodies, ({ heldBytes }) => heldBytes > 6 * MB);
    for (const upload of uploads) upload.leave();
    await until("they are freed", PATIENCE_MS, bodies, ({ heldBytes }) => heldBytes === 0);
  });

  it("are free when they were answered, whatever the answer was", async () => {
    const answers = await Promise.all([
      post("/verified", "whole", signed("/verified", "whole")),
      post("/verified", "forged", badlySigned()),
      post("/small", "x".repeat(2_000), signed("/small", "x".repeat(2_000))),
      post("/kept", Buffer.alloc(100_000)),
      post("/copied", Buffer.alloc(100_000)),
      post("/nowhere", "x"),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 413, 200, 200, 404]);
    uploads = [new StalledUpload(edge, "/verified", 5 * MB, badlySigned())];
    await until("it is over", PATIENCE_MS, over, ({ length }) => length === 1);
    expect(["", "413"]).toContain(statuses()[0]);
    await until("all is free", PATIENCE_MS, bodies, ({ heldBytes }) => heldBytes === 0);
  });

  describe("that have to be verified", () => {
    it("are ended with 408 when they drip, as bounds say", async () => {
      const upload = new StalledUpload(edge, "/paced", 2_000, badlySigned());
      uploads = [upload];
      await until(
        "it was ended",
        PATIENCE_MS,
        () => upload.status,
        (status) => status !== "",
      );
      expect(upload.head).toMatch(/^HTTP\/1\.1 408 .*x-heddle-flags: DPE/s);
    });

    it("are ended with 408 when they drip byte by byte, and do not say how long they are", async () => {
      const { hostname, port } = new URL(edge.url);
      const socket = connect(Number(port), hostname);
      let text = "";
      socket.on("data", (data) => {
        text += data.toString("latin1");
      });
      socket.on("error", () => {});
      const { authorization } = badlySigned();
      socket.write(
        `POST /paced HTTP/1.1\r\nhost: shop.test\r\ntransfer-encoding: chunked\r\nauthorization: ${authorization}\r\n\r\n`,
      );
      const drip = setInterval(() => socket.writable && socket.write("1\r\na\r\n"), 50);
      await until(
        "it was ended",
        PATIENCE_MS,
        () => text,
        (said) => said.includes("\r\n\r\n"),
      );
      clearInterval(drip);
      socket.destroy();
      expect(text).toMatch(/^HTTP\/1\.1 408 /);
    });

    it("may be of a GET if there is nothing in them, and are 400 if there is", async () => {
      const headers = (body: string) => ({ ...signed("/verified", body, "GET"), "transfer-encoding": "chunked" });
      const asked = async (body: string) =>
        (await ask(edge, "/verified", { host: "shop.test", method: "GET", body, headers: headers(body) })).status;
      expect([await asked(""), await asked("something")]).toEqual([200, 400]);
    });
  });
});

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { type Answer, ask, attemptsOf, type Question } from "../harness/ask.ts";
import { servicesByHost } from "../harness/configs.ts";
import { onRequestHead } from "../harness/raw-origin.ts";
import { createResources } from "../harness/resources.ts";

/** Long enough for a loaded machine to answer in, short enough to wait for; where only the faulty origin is asked, shorter. */
const ATTEMPT_TIMEOUT = { answered: "3s", unanswered: "500ms" };

const own = createResources();
afterAll(own.close);

/** How often each body arrived, at whichever origin: bodies are nonces. */
const deliveries = new Map<string, number>();
let nonces = 0;

function deliver(body: string): void {
  deliveries.set(body, (deliveries.get(body) ?? 0) + 1);
}

/** Takes the whole request as delivered, then does what is wrong with this origin. */
function takes(fault: (socket: Socket) => void) {
  return (socket: Socket) =>
    onRequestHead(socket, (_, body) => {
      deliver(body.toString());
      fault(socket);
    });
}

const FAULTS = {
  "resets the connection after reading": takes((socket) => void socket.resetAndDestroy()),
  "closes the connection after reading": takes((socket) => void socket.end()),
  "resets the connection in mid-answer": takes(
    (socket) => void socket.write("HTTP/1.1 200 OK\r\ncontent-len", () => socket.resetAndDestroy()),
  ),
  "never answers": takes(() => {}),
  "answers 500": takes((socket) => void socket.write("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n")),
  "answers 503": takes((socket) => void socket.write("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")),
  "answers no HTTP": takes((socket) => void socket.write("hello\r\n\r\n", () => socket.end())),
  "resets the connection before reading": (socket: Socket) => void socket.resetAndDestroy(),
} as const;

type Kind = "plain" | "keyed" | "any";
type FaultName = keyof typeof FAULTS;
const NAMES = Object.keys(FAULTS) as FaultName[];
const hostOf = (name: string, kind: Kind) => `${kind}-${name.replaceAll(/[^a-z0-9]/gi, "-").toLowerCase()}`;

describe("a request with side effects", () => {
  let edge: Edge;

  beforeAll(async () => {
    const good = await own.origin("good", {
      respond: (request: IncomingMessage, response: ServerResponse) => {
        let body = "";
        request.on("data", (chunk: Buffer) => {
          body += chunk.toString();
        });
        request.on("end", () => {
          deliver(body);
          response.end("done");
        });
      },
    });
    const services: Record<string, string> = {};
    const add = (name: string, url: string) => {
      // Priorities put the faulty endpoint first; strict keeps it there, and without breakers every request meets it.
      const common = `endpoints: [{ id: bad, url: "${url}" }, { id: good, url: "${good.url}", priority: 1 }],
        failover: { priorities: strict, mode: direct }, loadBalancing: { policy: round-robin }, panicThreshold: 0,
        circuitBreaker: { enabled: false }, outlierDetection: { enabled: false }`;
      const { answered, unanswered } = ATTEMPT_TIMEOUT;
      const once = `retry: { budget: { percent: 100 } }`;
      // Here every request fails: the default budget would stop the retries, as it should.
      services[hostOf(name, "plain")] = `${common}, ${once}, timeouts: { backendRequest: ${unanswered} }`;
      services[hostOf(name, "keyed")] = `${common}, ${once}, timeouts: { backendRequest: ${answered} }`;
      services[hostOf(name, "any")] =
        `${common}, retry: { methods: ["*"], budget: { percent: 100 } }, timeouts: { backendRequest: ${answered} }`;
    };
    for (const name of NAMES) add(name, (await own.rawOrigin("bad", FAULTS[name])).url);
    add("refuses connections", "http://127.0.0.1:1");
    edge = await own.edge(servicesByHost(services));
  });

  async function send(name: string, kind: Kind, question: Question = {}): Promise<[Answer, number]> {
    nonces += 1;
    const body = `nonce-${nonces}`;
    const answer = await ask(edge, "/", { host: `${hostOf(name, kind)}.test`, method: "POST", body, ...question });
    return [answer, deliveries.get(body) ?? 0];
  }

  const ALL = [...NAMES, "refuses connections"];

  it.each(ALL)("is delivered at most once when the origin %s", async (name) => {
    for (let round = 0; round < 3; round++) {
      const [answer, count] = await send(name, "plain");
      expect(count, `${answer.status} ${answer.text} ${answer.rawHeaders}`).toBeLessThanOrEqual(1);
      expect(attemptsOf(answer.headers).length, JSON.stringify(answer.rawHeaders)).toBeLessThanOrEqual(1);
      expect(answer.status, answer.text).toBeGreaterThanOrEqual(500);
    }
  });

  it.each(ALL)("is tried elsewhere when the origin %s and the config allows any method", async (name) => {
    const [answer, count] = await send(name, "any");
    expect(answer.status, `${answer.text} ${answer.rawHeaders}`).toBe(200);
    expect(count).toBeGreaterThanOrEqual(1);
    expect(attemptsOf(answer.headers).at(-1), JSON.stringify(answer.rawHeaders)).toBe("good:ok");
  });

  it.each(ALL)("is tried elsewhere when the origin %s and it has an Idempotency-Key", async (name) => {
    const [answer, count] = await send(name, "keyed", { headers: { "idempotency-key": `key-${nonces}` } });
    expect(answer.status, `${answer.text} ${answer.rawHeaders}`).toBe(200);
    expect(count).toBeGreaterThanOrEqual(1);
  });

  it("says why it failed, in the flag and the status", async () => {
    const seen = async (name: string, kind: Kind = "keyed") => {
      const [{ status, headers }] = await send(name, kind);
      return [status, headers["x-heddle-flags"] ?? "", headers["content-type"] ?? ""];
    };
    expect(await seen("never answers", "plain")).toEqual([504, "UT", "application/problem+json"]);
    expect(await seen("refuses connections")).toEqual([503, "UF", "application/problem+json"]);
    expect(await seen("answers 500")).toEqual([500, "", ""]);
  });
});

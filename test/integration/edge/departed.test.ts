import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import { endpoints, servicesByHost } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";
import { pause, serviceIn, stateOf, until } from "../harness/state.ts";

interface Departure {
  readonly when: string;
  readonly host: string;
  /** What is sent before the connection breaks. */
  readonly text: (host: string) => string;
  /** What may stay in flight; see below. */
  readonly left?: number;
}

const KB_200 = "x".repeat(200_000);

const DEPARTURES: readonly Departure[] = [
  {
    when: "before the head of the answer",
    host: "hung-get",
    text: (host) => `GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
  },
  {
    when: "after a small body",
    host: "hung-put",
    text: (host) => `PUT / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 5\r\n\r\nhello`,
  },
  {
    when: "in the middle of a small body",
    host: "hung-small",
    text: (host) => `PUT / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 50\r\n\r\nhello`,
  },
  {
    when: "in the middle of a large body",
    host: "hung-large",
    text: (host) => `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 5000000\r\n\r\n${KB_200}`,
  },
  {
    when: "in the middle of a body of unknown length",
    host: "hung-chunked",
    text: (host) => `POST / HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: chunked\r\n\r\n30d40\r\n${KB_200}\r\n`,
    left: 1,
  },
  { when: "while the answer flows", host: "slow", text: (host) => `GET / HTTP/1.1\r\nhost: ${host}\r\n\r\n` },
];

/**
 * workerd on its own does not tell a Worker that its downstream went away, so a test cannot see an upstream attempt being
 * stopped by it. What can be seen: nothing is left behind. One attempt may be, where the request that happens to watch the
 * deadlines is among those left: it stays alive for the watching, and its stream never says that it broke. In production
 * the platform ends it 30 s after the downstream went.
 */
describe("a downstream that goes away", () => {
  const own = createResources();
  afterAll(own.close);
  let edge: Edge;

  beforeAll(async () => {
    const hung = await own.origin("aws", { fault: { hang: true } });
    const slow = await own.origin("gcp", {
      respond: (_, response) => {
        response.writeHead(200, { "content-length": 1_000_000 });
        response.write("x".repeat(1_000));
        setTimeout(() => response.destroy(), 1_500);
      },
    });
    const services = DEPARTURES.map(({ host }): [string, string] => [
      host,
      `endpoints: ${endpoints([host === "slow" ? slow : hung])}, timeouts: { request: 2s, backendRequest: 1s },
        retry: { attempts: 0 }`,
    ]);
    edge = await own.edge(servicesByHost(Object.fromEntries(services)));
  });

  /** Sends bytes, waits, and breaks the connection off. */
  async function leave(text: string): Promise<void> {
    const socket: Socket = connect(edge.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((resolve) => socket.write(text, resolve));
    await pause(200);
    socket.resetAndDestroy();
  }

  it.each(DEPARTURES)("$when leaves nothing in flight behind", async ({ host, text, left }) => {
    await Promise.all(Array.from({ length: 5 }, () => leave(text(`${host}.test`))));
    // Two seconds of timeouts or until it is asked, one for it not to answer, and far more for a slow machine.
    await until(
      `at most ${left ?? 0} in flight`,
      20_000,
      async () => serviceIn(await stateOf(edge), host).endpoints[0]!,
      ({ ownInFlight }) => ownInFlight >= 0 && ownInFlight <= (left ?? 0),
    );
    expect(serviceIn(await stateOf(edge), host).endpoints[0]!.ownInFlight).toBeGreaterThanOrEqual(0);
  });
});

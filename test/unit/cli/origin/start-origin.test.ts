import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { type Origin, type OriginOptions, startOrigin } from "../../../../src/cli/origin/start-origin.ts";

const started: Origin[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((origin) => origin.close()));
});

async function origin(options: Partial<OriginOptions> = {}): Promise<Origin> {
  const one = await startOrigin({ name: "aws", ...options });
  started.push(one);
  return one;
}

describe("startOrigin", () => {
  it("answers with its name and counts", async () => {
    const aws = await origin();
    const answer = await fetch(`${aws.url}/a?b=1`, { method: "POST", body: "12345" });
    expect(answer.headers.get("x-origin")).toBe("aws");
    expect(await answer.json()).toEqual({ origin: "aws", method: "POST", path: "/a?b=1", status: 200 });
    expect(aws.stats()).toMatchObject({ requests: 1, inFlight: 0, byStatus: { 200: 1 }, bodyBytes: 5 });
  });

  it("answers HEAD without a body", async () => {
    const aws = await origin();
    const answer = await fetch(aws.url, { method: "HEAD" });
    expect([answer.status, await answer.text()]).toEqual([200, ""]);
  });

  it("refuses connections while refusing, and takes them again on the same port", async () => {
    const aws = await origin();
    await (await fetch(aws.url)).text();
    await aws.setFault({ refuse: true });
    await expect(fetch(aws.url)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    expect(aws.stats().connections).toBe(0);
    await aws.setFault({});
    expect((await fetch(aws.url)).status).toBe(200);
  });

  it("breaks requests in flight when it starts to refuse", async () => {
    const aws = await origin({ fault: { hang: true } });
    const pending = fetch(aws.url).then(
      () => "answered",
      (error: Error) => String((error.cause as NodeJS.ErrnoException).code),
    );
    await expect.poll(() => aws.stats().inFlight).toBe(1);
    await aws.setFault({ refuse: true });
    expect(await pending).toMatch(/ECONNRESET|UND_ERR_SOCKET/);
  });

  it("lets hung requests wait until it is healed", async () => {
    const aws = await origin({ fault: { hang: true } });
    const pending = fetch(aws.url);
    await expect.poll(() => aws.stats().inFlight).toBe(1);
    await aws.setFault({});
    expect((await pending).status).toBe(200);
  });

  it("answers a hung request once, however often its fault changes then", async () => {
    const aws = await origin({ fault: { hang: true } });
    const pending = fetch(aws.url, { method: "POST", body: "x".repeat(100_000) });
    await expect.poll(() => aws.stats().inFlight).toBe(1);
    await Promise.all([aws.setFault({}), aws.setFault({ latencyMs: 1 }), aws.setFault({})]);
    expect((await pending).status).toBe(200);
    expect(aws.stats().byStatus).toEqual({ 200: 1 });
  });

  it("cuts the body when resetting", async () => {
    const aws = await origin({ fault: { reset: true } });
    const answer = await fetch(aws.url);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
  });

  it("answers a fixed status", async () => {
    const aws = await origin({ fault: { status: 500 } });
    expect((await fetch(aws.url)).status).toBe(500);
    expect(aws.stats().byStatus).toEqual({ 500: 1 });
  });

  it("lets a test see and answer requests", async () => {
    const seen: (string | undefined)[] = [];
    const aws = await origin({
      onRequest: ({ headers }) => void seen.push(headers["x-id"] as string),
      respond: (incoming, response) => void incoming.pipe(response),
    });
    const answer = await fetch(aws.url, { method: "POST", body: "echo", headers: { "x-id": "7" } });
    expect([await answer.text(), seen]).toEqual(["echo", ["7"]]);
    await aws.setFault({ status: 503 });
    expect((await fetch(aws.url)).status).toBe(503);
  });

  it("takes a large upload without keeping it", async () => {
    const aws = await origin();
    const chunk = Buffer.alloc(1 << 16, "x");
    const status = await new Promise<number>((resolve, reject) => {
      const upload = request(aws.url, { method: "PUT" }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      upload.on("error", reject);
      for (let i = 0; i < 32; i++) upload.write(chunk);
      upload.end();
    });
    expect([status, aws.stats().bodyBytes]).toEqual([200, 32 << 16]);
  });

  it("throws when its port is taken", async () => {
    const aws = await origin();
    await expect(startOrigin({ name: "gcp", port: aws.port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

/** Who would rather not be found in the audit log: callers who change something and are gone before the entry is written. */
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Api, startApi } from "../control/api-client.ts";
import { until } from "../harness/state.ts";

const SEEN_MS = 60_000;

describe("a change whose caller leaves at once", () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi(undefined, {}, { entry: join(import.meta.dirname, "worker/slow-monitor.ts") });
  });
  afterAll(() => api?.stop());

  it.each([
    ["POST", "/v1/services/shop/overrides", { target: { endpoint: "a" }, action: "weight", percent: 50, for: "10m" }],
    ["DELETE", "/v1/services/shop/overrides/{id}", null],
  ] as const)("is in the audit log: %s %s", async (method, template, body) => {
    const overrides = async () => (await api.ask("/v1/overrides")).json.items as { id: string }[];
    const changes = async () => (await api.ask("/v1/audit?limit=200")).json.items.length as number;
    const token = await api.token(["admin"]);
    const before = await changes();
    const path = template.replace("{id}", (await overrides())[0]?.id ?? "");
    const isDone = async () => (await overrides()).length === (method === "POST" ? 1 : 0);
    await leaving(method, path, token, body, () => until("the change", SEEN_MS, isDone, (done) => done));
    await until("its entry", SEEN_MS, changes, (now) => now === before + 1);
  });

  /** Sends a request, and breaks the connection once `when` says so. */
  async function leaving(method: string, path: string, token: string, body: unknown, when: () => Promise<unknown>) {
    const text = body === null ? "" : JSON.stringify(body);
    const socket = connect(Number(new URL(api.edge.controlUrl).port), "127.0.0.1");
    let received = "";
    socket.on("data", (bytes) => {
      received += bytes.toString();
    });
    socket.on("error", () => {});
    socket.write(
      [
        `${method} ${path} HTTP/1.1`,
        "Host: control.test",
        `Authorization: Bearer ${token}`,
        ...(text === "" ? [] : ["Content-Type: application/json"]),
        `Content-Length: ${Buffer.byteLength(text)}`,
        "",
        text,
      ].join("\r\n"),
    );
    await when();
    // Else it would show nothing.
    expect(received).toBe("");
    socket.resetAndDestroy();
  }
});

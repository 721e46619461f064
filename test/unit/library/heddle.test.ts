import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../src/config/compile.ts";
import { decodeConfig } from "../../../src/config/decode.ts";
import { type HeddleOptions, heddle } from "../../../src/library/heddle.ts";

async function meshOf(filters: readonly object[]) {
  const decoded = decodeConfig({
    services: {},
    routes: [{ rules: [{ matches: [{ path: { value: "/mesh" } }], filters }] }],
  });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 0 });
}

const teapot = { type: "DirectResponse", directResponse: { status: 418, body: "tea" } };
const ctx = { waitUntil: () => {} };
const ask = (path: string) => new Request(`http://mesh.test${path}`);
const front = async (more: Partial<HeddleOptions> = {}) => heddle({ mesh: await meshOf([teapot]), ...more });

describe("heddle", () => {
  it("objects to a mesh of another format, which says how to mend it", async () => {
    const mesh = { ...(await meshOf([])), format: 1 };
    expect(() => heddle({ mesh })).toThrow("format 1, and this version of heddle runs 2: compile it again");
  });

  it("objects with the first request to a mesh that names what is not registered", async () => {
    const mesh = await meshOf([{ type: "ExtensionRef", extensionRef: { name: "auth" } }]);
    await expect(heddle({ mesh }).fetch(ask("/mesh"), {}, ctx)).rejects.toThrow('This Worker has no filter "auth"');
  });

  it("objects to a missing execution context, and says where it comes from", async () => {
    const whole = await front();
    await expect(whole.fetch(ask("/mesh"), {})).rejects.toThrow("execution context");
  });

  it("answers everything as a Worker", async () => {
    const whole = await front();
    expect((await whole.fetch(ask("/mesh"), {}, ctx)).status).toBe(418);
    expect((await whole.fetch(ask("/other"), {}, ctx)).status).toBe(404);
  });

  it("leaves what no route matches to the handlers behind it", async () => {
    const { handler, middleware } = await front();
    expect(await handler(ask("/other"), {}, ctx)).toBeUndefined();
    let passed = 0;
    const next = async () => {
      passed += 1;
    };
    const contextOf = (path: string) => ({ req: { raw: ask(path) }, env: {}, executionCtx: ctx });
    expect((await middleware(contextOf("/mesh"), next))?.status).toBe(418);
    expect(passed).toBe(0);
    expect(await middleware(contextOf("/other"), next)).toBeUndefined();
    expect(passed).toBe(1);
  });

  it("takes requests that a router wrapped", async () => {
    const { handler } = await front();
    const wrapped = new Proxy(ask("/mesh"), {
      get: (request, key) => {
        const value: unknown = Reflect.get(request, key, request);
        return typeof value === "function" ? value.bind(request) : value;
      },
    });
    expect((await handler(wrapped, {}, ctx))?.status).toBe(418);
  });

  it("answers /.heddle/ unless it is told not to", async () => {
    const ready = async (options?: Partial<HeddleOptions>) =>
      (await (await front(options)).fetch(ask("/.heddle/ready"), {}, ctx)).status;
    expect(await ready()).toBe(200);
    expect(await ready({ internal: false })).toBe(404);
  });
});

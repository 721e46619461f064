/** The edge and the control plane in one workerd, as `heddle dev` runs them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startEdge } from "../../../src/cli/workerd/start-edge.ts";
import { ask } from "../harness/ask.ts";
import { meshOf } from "../harness/configs.ts";
import { createResources } from "../harness/resources.ts";

const own = createResources();
afterAll(own.close);

/** A control Worker that shows what it was given, through the objects of the edge. */
const PROBE = `
import { DurableObject } from "cloudflare:workers";
export class Notes extends DurableObject {
  async add(word) {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS note (word TEXT)");
    this.ctx.storage.sql.exec("INSERT INTO note VALUES (?)", word);
    return this.ctx.storage.sql.exec("SELECT word FROM note").toArray().map(({ word }) => word);
  }
}
export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    if (pathname === "/livez") return new Response("live");
    if (pathname === "/put") return Response.json(await env.MESH_CONFIG.getByName("mesh").put(await request.json()));
    if (pathname === "/edge") return env.EDGE.fetch("http://edge/hello");
    if (pathname === "/note") return Response.json(await env.NOTES.getByName("one").add("seen"));
    if (pathname === "/secrets") return Response.json([env.HEDDLE_BOOTSTRAP_TOKEN, env.HEDDLE_OPERATOR_TOKEN, env.MORE]);
    return env.ASSETS.fetch(request);
  },
};
`;
const NAMESPACES = [
  { binding: "MESH_CONFIG", className: "MeshConfig", owner: "edge" },
  { binding: "NOTES", className: "Notes" },
];

const configFor = (url: string) => `
services: { shop: { endpoints: [{ id: only, url: "${url}" }] } }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`;

describe("an edge with its control plane", () => {
  it("answers on a socket each, and gives the token of the control plane", async () => {
    const origin = await own.origin("only");
    const edge = await startEdge({ mesh: await meshOf(configFor(origin.url)), control: true });
    try {
      expect((await ask(edge, "/")).status).toBe(200);
      expect((await fetch(`${edge.controlUrl}/livez`)).status).toBe(200);
      expect(edge.controlUrl).not.toBe(edge.url);
      expect(edge.controlToken).toMatch(/^[0-9a-f]{64}$/);
    } finally {
      await edge.stop();
    }
  });

  it("has no control plane unless asked", async () => {
    const origin = await own.origin("only");
    const edge = await own.edge(configFor(origin.url));
    expect([edge.controlUrl, edge.controlToken]).toEqual([null, null]);
  });

  it("keeps the data of both Workers' objects where it is told", async () => {
    const folder = await own.folder();
    const entry = join(folder, "probe.js");
    await writeFile(entry, PROBE);
    const mesh = await meshOf(configFor("http://127.0.0.1:9"));
    const stateDir = join(folder, "state");
    for (const notes of [["seen"], ["seen", "seen"]]) {
      const edge = await startEdge({ mesh, stateDir, control: { entry, namespaces: NAMESPACES } });
      expect(await (await fetch(`${edge.controlUrl}/note`)).json()).toEqual(notes);
      await edge.stop();
    }
  });

  it("reaches the edge's objects, the edge, its secrets and its files from the control Worker", async () => {
    const origin = await own.origin("only");
    const folder = await own.folder();
    const entry = join(folder, "probe.js");
    await writeFile(entry, PROBE);
    await mkdir(join(folder, "assets/app"), { recursive: true });
    await writeFile(join(folder, "assets/app/index.html"), "<p>hello</p>");
    await writeFile(join(folder, "assets/app/main.js"), "export {};");
    const edge = await startEdge({
      mesh: await meshOf(configFor(origin.url)),
      bindings: { HEDDLE_OPERATOR_TOKEN: "the operator's" },
      control: { entry, namespaces: NAMESPACES, assets: join(folder, "assets"), bindings: { MORE: "more" } },
    });
    try {
      const at = (path: string, init?: RequestInit) => fetch(`${edge.controlUrl}${path}`, init);
      expect(await (await at("/secrets")).json()).toEqual([edge.controlToken, "the operator's", "more"]);
      expect((await at("/edge")).status).toBe(200);
      expect(await (await at("/put", { method: "POST", body: "{}" })).json()).toMatchObject({ error: "invalid_mesh" });
      const page = await at("/app/");
      expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(await page.text()).toBe("<p>hello</p>");
      expect((await at("/app/main.js")).headers.get("content-type")).toBe("text/javascript; charset=utf-8");
      for (const missing of ["/app/other.js", "/app", "/", "/../probe.js"]) {
        expect((await at(missing)).status, missing).toBe(404);
      }
    } finally {
      await edge.stop();
    }
  });

  it("says which port is taken", async () => {
    const origin = await own.origin("only");
    const mesh = await meshOf(configFor(origin.url));
    const first = await startEdge({ mesh, control: true });
    try {
      const port = Number(new URL(first.controlUrl).port);
      await expect(startEdge({ mesh, control: { port } })).rejects.toThrow(`127.0.0.1:${port} is already in use`);
    } finally {
      await first.stop();
    }
  });
});

/** The README's section for code, as it is written: in a project of its own, with the package as it is published. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../src/cli/workerd/start-edge.ts";
import type { Mesh } from "../../../src/core/mesh.ts";
import { ask, attemptsOf } from "../harness/ask.ts";
import { meshOf } from "../harness/configs.ts";
import { installPacked, runIn } from "../harness/packed.ts";
import { createResources } from "../harness/resources.ts";
import { stateOf } from "../harness/state.ts";

const own = createResources();
afterAll(own.close);

const ROOT = resolve(import.meta.dirname, "../../..");
const OTHERS = ["hono", "itty-router", "zod", "esbuild", "workerd", "@cloudflare/workers-types", "typescript"];
const OBJECTS = [
  { binding: "SERVICE_MONITOR", className: "ServiceMonitor" },
  { binding: "MESH_CONFIG", className: "MeshConfig" },
  { binding: "ROLLOUT", className: "Rollout" },
];

const TSCONFIG = {
  compilerOptions: {
    target: "es2024",
    lib: ["es2024"],
    module: "esnext",
    moduleResolution: "bundler",
    strict: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: true,
    types: ["@cloudflare/workers-types"],
  },
  include: ["src"],
};

/** The fenced blocks of the section, by language. */
async function blocks(): Promise<readonly { readonly language: string; readonly text: string }[]> {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const section = /^## For code\n(.*?)^## /ms.exec(readme)?.[1] ?? "";
  return [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }));
}

describe("the README's section for code", () => {
  let project: string;
  let mesh: Mesh;
  let asked: IncomingHttpHeaders[];
  let isSoft = false;

  beforeAll(async () => {
    project = await own.folder();
    const written = await blocks();
    const textOf = (language: string) => written.find((block) => block.language === language)?.text ?? "";
    for (const { language, text } of written) {
      if (language !== "ts") continue;
      for (const module of text.split(/^(?=\/\/ src\/)/m)) {
        const path = /^\/\/ (src\/\S+)/.exec(module)![1]!;
        await mkdir(dirname(join(project, path)), { recursive: true });
        await writeFile(join(project, path), module);
      }
    }
    asked = [];
    const onRequest = ({ headers }: { headers: IncomingHttpHeaders }) => void asked.push(headers);
    const aws = await own.origin("aws", {
      onRequest,
      respond: (_, response) => void response.writeHead(200, isSoft ? { "x-error": "1" } : {}).end("aws"),
    });
    const gcp = await own.origin("gcp", { onRequest, respond: (_, response) => void response.end("gcp") });
    const config = textOf("yaml").replace("http://127.0.0.1:9001", aws.url).replace("http://127.0.0.1:9002", gcp.url);
    await writeFile(join(project, "heddle.yaml"), config);
    const platform = (await readFile(join(ROOT, "wrangler.toml"), "utf8")).match(
      /^\[\[durable_objects.*(?=^\[obs)/ms,
    )![0];
    await writeFile(
      join(project, "wrangler.toml"),
      `name = "front"\ncompatibility_date = "2026-10-01"\n${textOf("toml")}${platform}`,
    );
    await writeFile(join(project, "tsconfig.json"), JSON.stringify(TSCONFIG));
    await writeFile(join(project, "package.json"), JSON.stringify({ name: "front", private: true, type: "module" }));
    await installPacked(project, OTHERS);
    // Its own compile command, in the package's own build.
    await runIn(project, "wrangler", ["deploy", "--dry-run", "--outdir", "out"]);
    mesh = JSON.parse(await readFile(join(project, "mesh.json"), "utf8")) as Mesh;
  }, 240_000);

  it("bundles with wrangler as it is configured", async () => {
    const bundle = join(project, "out/worker.js");
    expect(existsSync(bundle)).toBe(true);
    expect(await readFile(bundle, "utf8")).toContain("ServiceMonitor");
  });

  it("has types that hold, and that say when something does not", async () => {
    await runIn(project, "tsc", ["-p", "."]);
    const wrong = join(project, "src/wrong.ts");
    await writeFile(
      wrong,
      `import { type Filter, heddle } from "heddle";
import mesh from "heddle:mesh";
export const filter: Filter<{ header: string }> = { onRequest: (_, { settings }) => new Response(settings.haeder) };
export const front = heddle({ mesh, classifiers: { soft: () => "fine" } });
export const version: number = mesh.version;
`,
    );
    const faults = await runIn(project, "tsc", ["-p", "."]).then(
      () => "",
      (error: Error) => error.message,
    );
    await writeFile(wrong, "");
    for (const fault of ["haeder", '"fine"', "src/wrong.ts(5"]) expect(faults).toContain(fault);
  });

  describe.each(["src/worker.ts", "src/hono.ts", "src/itty.ts"])("%s on workerd", (entry) => {
    let edge: Edge;
    const shop = { headers: { "x-customer": "acme" } };

    beforeAll(async () => {
      edge = await own.edgeOf(mesh, { entry: join(project, entry), namespaces: OBJECTS });
      isSoft = false;
      asked.length = 0;
    });

    it("answers from the cheapest endpoint, which is told the tenant", async () => {
      for (let i = 0; i < 10; i += 1) {
        const answer = await ask(edge, "/shop/cart", shop);
        expect([answer.status, answer.text]).toEqual([200, "aws"]);
      }
      expect(asked).toHaveLength(10);
      expect(asked[0]!["x-tenant"]).toBe("acme");
    });

    it("lets the filter answer", async () => {
      const answer = await ask(edge, "/shop");
      expect([answer.status, answer.text]).toEqual([401, "which tenant?\n"]);
    });

    it("tries elsewhere what the classifier calls a failure", async () => {
      isSoft = true;
      const answer = await ask(edge, "/shop", shop);
      expect([answer.status, answer.text]).toEqual([200, "gcp"]);
      expect(attemptsOf(answer.headers)).toEqual(["aws:5xx", "gcp:ok"]);
      isSoft = false;
    });

    it("leaves to the app what no route matches", async () => {
      const answer = await ask(edge, "/hello");
      if (entry === "src/worker.ts") expect([answer.status, answer.headers["x-heddle-flags"]]).toEqual([404, "NR"]);
      else expect([answer.status, answer.text]).toEqual([200, "hello from the app"]);
    });

    it("carries bodies both ways", async () => {
      const answer = await ask(edge, "/shop", { ...shop, method: "PUT", body: "x".repeat(200_000) });
      expect([answer.status, answer.text]).toEqual([200, "aws"]);
    });

    it("refuses a mesh that names what it does not have, and keeps the one it has", async () => {
      const unknown = await meshOf(
        "services: { shop: { endpoints: [], loadBalancing: { policy: extension, extension: { name: dearest } } } }\nroutes: []",
      );
      await expect(edge.putMesh(unknown)).rejects.toThrow('This Worker has no balancing policy \\"dearest\\"');
      expect((await stateOf(edge)).meshVersion).toBe(mesh.version);
    });
  });
});

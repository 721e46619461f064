import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../../../src/cli/config/load-config.ts";

const config = {
  services: { shop: { endpoints: [{ id: "aws", url: "http://127.0.0.1:9001" }] } },
  routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }],
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-test-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe("loadConfig", () => {
  it("gives the same mesh for YAML, JSON and TypeScript", async () => {
    write("name.ts", 'export const service = "shop" as const;');
    const paths = [
      write("a.json", JSON.stringify(config)),
      write(
        "a.yaml",
        'services: { shop: { endpoints: [{ id: aws, url: "http://127.0.0.1:9001" }] } }\nroutes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]\n',
      ),
      write(
        "heddle.config.ts",
        `import { defineMesh } from "heddle";
         import { service } from "./name.ts";
         const port: number = 9001;
         export default defineMesh({
           services: { [service]: { endpoints: [{ id: "aws", url: \`http://127.0.0.1:\${port}\` }] } },
           routes: [{ rules: [{ backendRefs: [{ service }] }] }],
         });`,
      ),
      write("promise.mjs", `export default Promise.resolve(${JSON.stringify(config)});`),
    ];
    const meshes = await Promise.all(paths.map((path) => loadConfig(path, 7)));
    expect(meshes.map((loaded) => loaded.ok && loaded.mesh)).toEqual(
      Array(4).fill(expect.objectContaining({ compiledAtMs: 7 })),
    );
    expect(new Set(meshes.map((loaded) => loaded.ok && loaded.mesh.version)).size).toBe(1);
  });

  it("names the files a module was made of", async () => {
    const part = write("part.ts", `export const endpoints = ${JSON.stringify(config.services.shop.endpoints)};`);
    const path = write(
      "whole.config.ts",
      'import { endpoints } from "./part.ts"; export default { services: { shop: { endpoints } }, routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }] };',
    );
    expect((await loadConfig(path, 0)).files.toSorted()).toEqual([part, path]);
  });

  it("sees what changed when a module is loaded again", async () => {
    const text = (id: string) =>
      `export default { services: { shop: { endpoints: [{ id: "${id}", url: "http://127.0.0.1:1" }] } }, routes: [{ rules: [{ backendRefs: [{ service: "shop" }] }] }] };`;
    const ids: (string | false)[] = [];
    for (const id of ["aws", "gcp"]) {
      const loaded = await loadConfig(write("twice.ts", text(id)), 0);
      ids.push(loaded.ok && loaded.mesh.services[0]!.endpoints[0]!.id);
    }
    expect(ids).toEqual(["aws", "gcp"]);
  });

  it("reports all faults with their lines", async () => {
    const path = write("bad.yaml", "services: { shop: { endpoints: none } }\nroutez: []\n");
    expect(await loadConfig(path, 0)).toMatchObject({
      ok: false,
      faults: expect.arrayContaining([
        expect.objectContaining({ line: 1, path: "services.shop.endpoints" }),
        expect.objectContaining({ line: 2, path: "routez", suggestion: "routes" }),
      ]),
    });
  });

  it.each([
    ["a syntax error has its line", "export default {\n  services: = 1 };", { line: 2, message: 'Unexpected "="' }],
    ["a thrown error is told", 'export default {}; throw new Error("boom");', { message: "threw Error: boom" }],
    ["no default export is told", "export const mesh = 1;", { message: expect.stringContaining("no default export") }],
    [
      "an error in an imported file names it",
      'import "./broken.ts";',
      { message: expect.stringContaining("broken.ts:1") },
    ],
  ])("for a module, %s", async (_, text, fault) => {
    write("broken.ts", "const = 1;");
    expect(await loadConfig(write("bad.config.ts", text), 0)).toMatchObject({ ok: false, faults: [fault] });
  });

  it.each(["missing.yaml", "missing.json", "missing.config.ts"])("says that %s is not there", async (name) => {
    expect(await loadConfig(join(folder, name), 0)).toMatchObject({
      ok: false,
      faults: [{ message: "there is no such file" }],
      files: [join(folder, name)],
    });
  });

  it("refuses URLs that the edge would not ask, with their lines, and takes those that the config allows", async () => {
    const text = (allow: string) => `services: { shop: { endpoints: [{ id: aws, url: "https://shop.example.com" }] } }
authentication:
  allow: [${allow}]
  providers:
    idp: { type: JWT, issuer: idp, jwks: { uri: "http://127.0.0.1:9200/jwks" } }
    away: { type: External, url: "https://authz.example.com/check" }
credentials:
  azure: { type: ClientCredentials, tokenUrl: "http://login.example.com/token", clientId: me, clientSecret: { secret: AZURE } }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
`;
    expect(await loadConfig(write("asked.yaml", text("")), 0)).toMatchObject({
      ok: false,
      faults: [
        {
          path: "authentication.providers.idp.jwks.uri",
          line: 5,
          message: expect.stringMatching(
            /machine itself .* allow "loopback" in `authentication\.allow` of the config$/,
          ),
        },
        {
          path: "authentication.providers.idp.jwks.uri",
          line: 5,
          message: expect.stringMatching(/not encrypted: .* allow "http" in/),
        },
        { path: "credentials.azure.tokenUrl", line: 8, message: expect.stringContaining('allow "http" in') },
      ],
    });
    expect(await loadConfig(write("asked.yaml", text("http, loopback")), 0)).toMatchObject({ ok: true });
  });
});

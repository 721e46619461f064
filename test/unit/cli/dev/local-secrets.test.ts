import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingSecrets, readLocalSecrets } from "../../../../src/cli/dev/local-secrets.ts";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "heddle-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("secrets of a local run", () => {
  it("are none without .dev.vars", () => {
    expect(readLocalSecrets(join(folder, "nowhere"))).toEqual({});
  });

  it("are read as Wrangler reads them: comments, quotes, keys of several lines; an empty one is none", () => {
    const pem = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----";
    writeFileSync(join(folder, ".dev.vars"), `# mine\nA=1\nexport B="x # y"\nPEM="${pem}"\nJWK='{"k":"v"}'\nEMPTY=\n`);
    expect(readLocalSecrets(folder)).toEqual({ A: "1", B: "x # y", PEM: pem, JWK: '{"k":"v"}' });
  });
});

describe("missing secrets", () => {
  it("are those that the config refers to, each once, with what they are for", async () => {
    const read = parseConfig(
      `credentials:
  signed: { type: HMAC, keyId: edge, key: { secret: SIGNING_KEY } }
  also: { type: HMAC, keyId: edge, key: { secret: SIGNING_KEY } }
services:
  shop: { credentials: [signed], endpoints: [{ id: a, url: "https://a.example.com", headers: { x-key: { secret: KEY_A } } }] }
routes:
  - rules: [{ backendRefs: [{ service: shop }] }]
notifications:
  - { name: pager, type: slack, urlFrom: HEDDLE_NOTIFY_PAGER }
`,
    );
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    const mesh = await compileMesh(read.config, { nowMs: 0 });
    const names = (secrets: Record<string, string>) => missingSecrets(mesh, secrets).map(({ name }) => name);
    expect(names({ KEY_A: "x" })).toEqual(["SIGNING_KEY", "HEDDLE_NOTIFY_PAGER"]);
    expect(names({ KEY_A: "x", SIGNING_KEY: "y", HEDDLE_NOTIFY_PAGER: "z" })).toEqual([]);
    expect(missingSecrets(mesh, {})[0]).toEqual({ name: "SIGNING_KEY", use: "credential signed, credential also" });
  });
});

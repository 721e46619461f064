import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { CREATED_MS, RFC_KEYS, RFC_SIGNATURES, signedExample } from "../../fixtures/rfc9421.ts";

describe("heddle/verify, as it is published", () => {
  it("is one small module that imports nothing", async () => {
    const { outputFiles, metafile } = await build({
      absWorkingDir: join(import.meta.dirname, "../../.."),
      entryPoints: ["src/verify/index.ts"],
      bundle: true,
      format: "esm",
      platform: "neutral",
      write: false,
      metafile: true,
    });
    const { text } = outputFiles[0]!;
    expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
    // 17 kB; jose or zod, got in by mistake, would be several times that.
    expect(text.length).toBeLessThan(30_000);
    const { createSignatureVerifier } = (await import(
      `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`
    )) as typeof import("../../../src/verify/index.ts");
    const { verify } = await createSignatureVerifier({
      keys: RFC_KEYS,
      required: [],
      nonces: null,
      nowMs: () => CREATED_MS,
    });
    expect(await verify(signedExample(RFC_SIGNATURES[2]))).toEqual({ ok: true, keyId: "test-key-rsa-pss" });
  });
});

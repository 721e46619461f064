import { expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { decodeConfig } from "../../../../src/config/decode.ts";
import { unknownExtensions } from "../../../../src/core/filter/unknown-extensions.ts";

const asks = (name: string) => ({ type: "ExtensionRef", extensionRef: { name } }) as const;

it("names what rules and backends ask for and nobody registered, each once", async () => {
  const decoded = decodeConfig({
    services: { shop: { endpoints: [{ id: "a", url: "http://a" }] } },
    routes: [
      {
        rules: [
          { filters: [asks("one"), asks("known")], backendRefs: [{ service: "shop", filters: [asks("two")] }] },
          { matches: [{ path: { value: "/a" } }], filters: [asks("one")], backendRefs: [{ service: "shop" }] },
        ],
      },
    ],
  });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  const mesh = await compileMesh(decoded.config, { nowMs: 0 });
  expect(unknownExtensions(mesh, (name) => name === "known")).toEqual(["one", "two"]);
  expect(unknownExtensions(mesh, () => true)).toEqual([]);
});

import { expect, it } from "vitest";
import { compileMesh } from "../../../src/config/compile.ts";
import { decodeConfig } from "../../../src/config/decode.ts";
import { unknownExtensions } from "../../../src/core/unknown-extensions.ts";

const asks = (name: string) => ({ type: "ExtensionRef", extensionRef: { name } }) as const;
const names = (...known: readonly string[]) => new Set(known);

it("names what a mesh asks for and nobody registered, each once, with its kind", async () => {
  const decoded = decodeConfig({
    services: {
      shop: {
        endpoints: [{ id: "a", url: "http://a" }],
        loadBalancing: { policy: "extension", extension: { name: "one" } },
        outcomeClassifier: { name: "one" },
      },
      other: { endpoints: [], loadBalancing: { policy: "extension", extension: { name: "known" } } },
    },
    routes: [
      {
        rules: [
          { filters: [asks("one"), asks("known")], backendRefs: [{ service: "shop", filters: [asks("two")] }] },
          { matches: [{ path: { value: "/a" } }], filters: [asks("one")], backendRefs: [{ service: "other" }] },
        ],
      },
    ],
  });
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  const mesh = await compileMesh(decoded.config, { nowMs: 0 });
  const known = { filters: names("known"), policies: names("known"), classifiers: names() };
  expect(unknownExtensions(mesh, known)).toEqual([
    'balancing policy "one"',
    'outcome classifier "one"',
    'filter "one"',
    'filter "two"',
  ]);
  const everything = { has: () => true };
  expect(unknownExtensions(mesh, { filters: everything, policies: everything, classifiers: everything })).toEqual([]);
});

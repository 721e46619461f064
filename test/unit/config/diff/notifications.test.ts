import { describe, expect, it } from "vitest";
import { compileMesh } from "../../../../src/config/compile.ts";
import { parseConfig } from "../../../../src/config/decode.ts";
import { diffMeshes } from "../../../../src/config/diff/diff.ts";

async function meshWith(notifications: string, selfHealing = "[]") {
  const decoded = parseConfig(`
services: { shop: { endpoints: [{ id: a, url: "https://a.example.com" }], selfHealing: ${selfHealing} } }
routes: [{ rules: [{ backendRefs: [{ service: shop }] }] }]
notifications: ${notifications}
`);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.faults));
  return compileMesh(decoded.config, { nowMs: 1 });
}

describe("the difference of notifications", () => {
  it("is said by setting, touches no request, and shows no URL", async () => {
    const before = await meshWith('[{ name: ours, type: webhook, url: "https://h.example/t0ken" }]');
    const after = await meshWith('[{ name: ours, type: webhook, url: "https://h.example/s3cret", hold: 1m }]');
    const { changes } = diffMeshes(before, after);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ what: "notifications", touches: { all: false } });
    expect(changes[0]!.fields.map(({ path }) => path).sort()).toEqual([
      "notifications.ours.hold",
      "notifications.ours.url",
    ]);
    expect(JSON.stringify(changes)).not.toMatch(/t0ken|s3cret/);
  });

  it("says which hooks of a service heal otherwise", async () => {
    const hook = (on: string) => `[{ name: restart, on: ${on}, url: "https://h.example/x" }]`;
    const { changes } = diffMeshes(await meshWith("[]", hook("ejected")), await meshWith("[]", hook("down")));
    expect(changes.map(({ what, fields }) => [what, fields])).toEqual([
      ["selfHealing", [{ path: "selfHealing.shop.restart.on", before: "ejected", after: "down" }]],
    ]);
  });

  it("is none for another order", async () => {
    const [a, b] = ["a", "b"].map(
      (name) => `{ name: ${name}, type: slack, urlFrom: HEDDLE_NOTIFY_${name.toUpperCase()} }`,
    );
    expect(diffMeshes(await meshWith(`[${a}, ${b}]`), await meshWith(`[${b}, ${a}]`)).changes).toEqual([]);
  });
});

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { installation } from "../../../../src/cli/installation.ts";
import { COMPATIBILITY_DATE } from "../../../../src/cli/workerd/capnp.ts";
import { readDeployment } from "../../../../src/cli/workerd/deployment.ts";

const parts = installation();

describe("readDeployment", () => {
  it("reads the objects of the edge, all its own", () => {
    const { name, namespaces } = readDeployment(parts.edgeDeployment);
    expect(name).toBe("heddle-edge");
    expect(namespaces).toContainEqual({ binding: "SERVICE_MONITOR", className: "ServiceMonitor" });
    expect(namespaces.every(({ owner }) => owner === undefined)).toBe(true);
  });

  it("reads whose objects the control plane uses", () => {
    const { namespaces } = readDeployment(parts.controlDeployment);
    expect(namespaces).toContainEqual({ binding: "MESH_CONFIG", className: "MeshConfig", owner: "heddle-edge" });
  });

  it.each([
    ["edge", parts.edgeDeployment, "../../../../src/library/objects.ts"],
    ["control plane", parts.controlDeployment, "../../../../workers/control/objects.ts"],
  ])("gives the %s every object that it exports, and no other, under the class's name", (_, path, objects) => {
    const exported = [
      ...readFileSync(new URL(objects, import.meta.url), "utf8").matchAll(/^export \{ (\w+) \} from/gm),
    ].map(([, name]) => name!);
    const own = readDeployment(path).namespaces.filter(({ owner }) => owner === undefined);
    expect(own.map(({ className }) => className).toSorted()).toEqual(exported.toSorted());
    for (const { binding, className } of readDeployment(path).namespaces) {
      expect(binding).toBe(className.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase());
    }
  });

  it.each([parts.edgeDeployment, parts.controlDeployment])(
    "runs %s locally on the date it is deployed with",
    (path) => {
      expect(readDeployment(path).compatibilityDate).toBe(COMPATIBILITY_DATE);
    },
  );
});

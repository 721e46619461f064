/** What an API server says of itself: its version, and what it serves. */
import { groupVersion, KINDS } from "./kinds.ts";

const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

export function documentAt(path: string): unknown {
  if (path === "/version") {
    return {
      major: "1",
      minor: "32",
      gitVersion: "v1.32.0-heddle-test",
      gitCommit: "0000000000000000000000000000000000000000",
      gitTreeState: "clean",
      buildDate: "2026-01-01T00:00:00Z",
      goVersion: "go1.23",
      compiler: "gc",
      platform: "linux/amd64",
    };
  }
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  if (path === "/apis") {
    const groups = [...new Set(KINDS.filter(({ group }) => group !== "").map(({ group }) => group))];
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: groups.map((name) => {
        const kind = KINDS.find(({ group }) => group === name)!;
        const version = { groupVersion: groupVersion(kind), version: kind.version };
        return { name, versions: [version], preferredVersion: version };
      }),
    };
  }
  const served = KINDS.filter((kind) => path === `${kind.group === "" ? "/api" : "/apis"}/${groupVersion(kind)}`);
  if (served.length === 0) return null;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: groupVersion(served[0]!),
    resources: served.flatMap(({ resource, singular, shortNames, isNamespaced, kind }) => [
      { name: resource, singularName: singular, shortNames, namespaced: isNamespaced, kind, verbs: VERBS },
      {
        name: `${resource}/status`,
        singularName: "",
        namespaced: isNamespaced,
        kind,
        verbs: ["get", "patch", "update"],
      },
    ]),
  };
}

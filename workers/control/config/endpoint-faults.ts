/** URLs in a config that the mesh must not send requests to, as faults with their places. */
import { locateFaults, type UnlocatedFault } from "../../../src/config/decode/locate-faults.ts";
import type { Fault, FaultPath } from "../../../src/config/fault.ts";
import type { MeshConfig } from "../../../src/config/schema/mesh.ts";
import type { ConfigSource } from "../../../src/core/mesh-version.ts";
import { askedUrlFaults } from "../../../src/security/asked-urls.ts";
import { checkEndpointUrl, type EndpointUrlPolicy, parseAllowances } from "../../../src/security/endpoint-url.ts";
import type { ControlEnvironment } from "../environment.ts";

type Settings = Pick<ControlEnvironment, "HEDDLE_ALLOW_ENDPOINTS" | "HEDDLE_MESH_HOSTNAMES">;

/** More would be of no use to anyone. */
const MAX_FAULTS = 100;

/** Where what a fix speaks of can be allowed. */
const BY_DEPLOYMENT = "HEDDLE_ALLOW_ENDPOINTS of the control Worker";
/** A fix that speaks of an allowance at its end. */
const ALLOWANCE = /allow "[a-z]+"$/;

/**
 * What is wrong with the URLs of a decoded config. What a deployment does not allow, a config cannot allow to those who
 * register or to discovery either. Never throws. Linear; the text is read again only where there are faults.
 */
export function endpointFaults(config: MeshConfig, source: ConfigSource, settings: Settings): readonly Fault[] {
  const policy = policyFor(config, settings);
  const found: UnlocatedFault[] = [];
  const check = (path: FaultPath, url: string, by: EndpointUrlPolicy = policy) => {
    const checked = checkEndpointUrl(url, by);
    if (checked.ok) return;
    const { message, fix } = checked.fault;
    found.push({ path, message: `${message}: ${fix}${ALLOWANCE.test(fix) ? ` in ${BY_DEPLOYMENT}` : ""}` });
  };
  for (const [name, { endpoints = [], plaintext }] of Object.entries(config.services)) {
    const by = { ...policy, plaintext };
    for (const [index, { url }] of endpoints.entries()) check(["services", name, "endpoints", index, "url"], url, by);
  }
  for (const [name, { discovery }] of Object.entries(config.services)) {
    for (const [index, { resolver }] of (discovery?.dns ?? []).entries()) {
      check(["services", name, "discovery", "dns", index, "resolver"], resolver);
    }
  }
  for (const [name, { apiServer, binding }] of Object.entries(config.discovery.clusters)) {
    if (binding === "") check(["discovery", "clusters", name, "apiServer"], apiServer);
  }
  found.push(...askedUrlFaults(config));
  const told = [
    ...config.notifications.map(({ url }, at) => ({ path: ["notifications", at, "url"], url })),
    ...Object.entries(config.services).flatMap(([name, { selfHealing = [] }]) =>
      selfHealing.map(({ url }, at) => ({ path: ["services", name, "selfHealing", at, "url"], url })),
    ),
    { path: ["telemetry", "tracing", "endpoint"], url: config.telemetry.tracing?.endpoint },
  ];
  for (const { path, url } of told) {
    // A receiver's address has a path and a query; where it is is in what comes before them.
    if (url !== undefined && url !== "") check(path, new URL(url).origin);
  }
  for (const part of ["discovery", "authentication"] as const) {
    for (const [index, allowance] of config[part].allow.entries()) {
      if (policy.allow.includes(allowance)) continue;
      const message = `is not allowed by the deployment: add it to HEDDLE_ALLOW_ENDPOINTS of the control Worker`;
      found.push({ path: [part, "allow", index], message });
    }
  }
  return locateFaults(found.slice(0, MAX_FAULTS), source);
}

function policyFor({ listeners, routes }: MeshConfig, settings: Settings): EndpointUrlPolicy {
  const { allow } = parseAllowances(settings.HEDDLE_ALLOW_ENDPOINTS);
  const named = [...listeners.map(({ hostname }) => hostname), ...routes.flatMap(({ hostnames }) => hostnames)];
  const told = (settings.HEDDLE_MESH_HOSTNAMES ?? "").split(/[\s,]+/).filter((name) => name !== "");
  // An origin often has a name below a wildcard that the mesh answers; only who set HEDDLE_MESH_HOSTNAMES means all of it.
  return { allow, self: new Set([...named.filter((name) => !name.startsWith("*")), ...told]) };
}

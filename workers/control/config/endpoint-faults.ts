/** URLs in a config that the mesh must not send requests to, as faults with their places. */
import { MAX_WITH_LINES } from "../../../src/config/decode/bounds.ts";
import { readDocument } from "../../../src/config/decode/document.ts";
import { type Fault, type FaultPath, formatPath } from "../../../src/config/fault.ts";
import type { MeshConfig } from "../../../src/config/schema/mesh.ts";
import type { ConfigSource } from "../../../src/core/mesh-version.ts";
import { checkEndpointUrl, type EndpointUrlPolicy, parseAllowances } from "../../../src/security/endpoint-url.ts";
import type { ControlEnvironment } from "../environment.ts";

type Settings = Pick<ControlEnvironment, "HEDDLE_ALLOW_ENDPOINTS" | "HEDDLE_MESH_HOSTNAMES">;

/** More would be of no use to anyone. */
const MAX_FAULTS = 100;

/** Where what a fix speaks of can be allowed. */
const BY_DEPLOYMENT = "HEDDLE_ALLOW_ENDPOINTS of the control Worker";
const BY_CONFIG = "`authentication.allow` of the config";
/** A fix that speaks of an allowance at its end. */
const ALLOWANCE = /allow "[a-z]+"$/;

/**
 * What is wrong with the URLs of a decoded config. What a deployment does not allow, a config cannot allow to those who
 * register or to discovery either. Never throws. Linear; the text is read again only where there are faults.
 */
export function endpointFaults(config: MeshConfig, source: ConfigSource, settings: Settings): readonly Fault[] {
  const policy = policyFor(config, settings);
  const found: { path: FaultPath; message: string }[] = [];
  const check = (path: FaultPath, url: string, by: EndpointUrlPolicy = policy, where = BY_DEPLOYMENT) => {
    const checked = checkEndpointUrl(url, by);
    if (checked.ok) return;
    const { message, fix } = checked.fault;
    found.push({ path, message: `${message}: ${fix}${ALLOWANCE.test(fix) ? ` in ${where}` : ""}` });
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
  for (const [name, provider] of Object.entries(config.authentication.providers)) {
    const at = ["authentication", "providers", name];
    // The edge asks them by itself, and goes by what the config allows.
    const asked = { allow: config.authentication.allow };
    if (provider.type === "External") check([...at, "url"], new URL(provider.url).origin, asked, BY_CONFIG);
    if (provider.type === "JWT" && "uri" in provider.jwks)
      check([...at, "jwks", "uri"], provider.jwks.uri, asked, BY_CONFIG);
  }
  for (const [name, credential] of Object.entries(config.credentials)) {
    if (!("tokenUrl" in credential)) continue;
    const asked = { allow: config.authentication.allow };
    check(["credentials", name, "tokenUrl"], credential.tokenUrl, asked, BY_CONFIG);
  }
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
  if (found.length === 0) return [];
  const read = source.text.length <= MAX_WITH_LINES ? readDocument(source.text, source.format) : null;
  return found.slice(0, MAX_FAULTS).map(({ path, message }) => ({
    path: formatPath(path),
    ...(read?.ok && read.document.locate(path, false)),
    message,
  }));
}

function policyFor({ listeners, routes }: MeshConfig, settings: Settings): EndpointUrlPolicy {
  const { allow } = parseAllowances(settings.HEDDLE_ALLOW_ENDPOINTS);
  const named = [...listeners.map(({ hostname }) => hostname), ...routes.flatMap(({ hostnames }) => hostnames)];
  const told = (settings.HEDDLE_MESH_HOSTNAMES ?? "").split(/[\s,]+/).filter((name) => name !== "");
  // An origin often has a name below a wildcard that the mesh answers; only who set HEDDLE_MESH_HOSTNAMES means all of it.
  return { allow, self: new Set([...named.filter((name) => !name.startsWith("*")), ...told]) };
}

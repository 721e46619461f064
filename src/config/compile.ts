/**
 * Decoded config → compiled mesh, the plain data that the edge, the objects and the simulator run.
 *
 * Deterministic: the same config gives the same mesh and version on every machine; only `compiledAtMs` differs. Alike
 * request policies are stored once, since a thousand rules usually share a handful.
 */
import { MESH_FORMAT, type Mesh } from "../core/mesh.ts";
import { compileAuthentication } from "./compile/authentication.ts";
import { PolicyTable } from "./compile/authorization.ts";
import { AutomatonTable } from "./compile/automata.ts";
import { CredentialTable } from "./compile/credentials.ts";
import { compileMeshDiscovery } from "./compile/discovery.ts";
import { guardTable } from "./compile/guards.ts";
import { compileNotifications } from "./compile/notifications.ts";
import { RateLimitTable } from "./compile/rate-limits.ts";
import { boundsMs } from "./compile/resolve.ts";
import { compileRollouts } from "./compile/rollouts.ts";
import { compileListeners, compileRoute } from "./compile/routes.ts";
import { serviceTable } from "./compile/services.ts";
import { compileTelemetry } from "./compile/telemetry.ts";
import { durationMs } from "./duration.ts";
import { contentText, digestOf } from "./mesh-digest.ts";
import type { MeshConfig } from "./schema/mesh.ts";

/**
 * Compiles a config that `parseConfig` or `decodeConfig` accepted.
 *
 * - `nowMs`: epoch; of two meshes the one compiled later is in force.
 *
 * Throws on a config that was not decoded: that is a bug in the caller.
 */
export async function compileMesh(config: MeshConfig, { nowMs }: { readonly nowMs: number }): Promise<Mesh> {
  const listeners = compileListeners(config.listeners);
  const credentialTable = new CredentialTable(config.credentials, config.authentication.allow);
  const { refer, side, compile } = serviceTable(config.services, credentialTable);
  const rollouts = compileRollouts(config.rollouts, side);
  const authentication = compileAuthentication(config.authentication);
  const policyTable = new PolicyTable(config.authorization, authentication);
  const automata = new AutomatonTable();
  const rateLimits = new RateLimitTable(config.rateLimits);
  const { all: guards, guarding } = guardTable(authentication, policyTable, automata, rateLimits);
  const routes = config.routes.map((route, index) =>
    compileRoute(route, index, {
      listeners,
      automata,
      refer,
      rollouts: config.rollouts,
      guarding,
      credentials: credentialTable,
    }),
  );
  const authorization = policyTable.compiled();
  const { services, policies } = compile();
  const credentials = credentialTable.all;
  const hostnames = [...listeners.map(({ hostname }) => hostname), ...routes.flatMap((route) => route.hostnames)];
  const content: Omit<Mesh, "version" | "compiledAtMs"> = {
    format: MESH_FORMAT,
    services,
    listeners,
    precedence: config.routing.precedence,
    routes,
    automata: automata.all,
    policies,
    ...(rollouts.length > 0 && { rollouts }),
    ...(guards.length > 0 && { guards }),
    ...(rateLimits.all.length > 0 && { rateLimits: rateLimits.all }),
    ...(authentication !== undefined && { authentication }),
    ...(authorization !== undefined && { authorization }),
    ...(credentials.length > 0 && { credentials }),
    ...(services.some(({ discovery }) => discovery !== undefined) && {
      discovery: compileMeshDiscovery(config.discovery, hostnames),
    }),
    ...compileNotifications(config),
    edge: compileEdge(config.edge),
    ...compileTelemetry(config.telemetry),
  };
  return { ...content, version: await digestOf(contentText(content)), compiledAtMs: nowMs };
}

function compileEdge({ coldWait, syncMin, syncMax, timeoutOverrides, ...same }: MeshConfig["edge"]): Mesh["edge"] {
  const [syncMinMs, syncMaxMs] = boundsMs(syncMin, syncMax, [1_000, 5_000]);
  const overrides = timeoutOverrides && { from: timeoutOverrides.from, maxMs: durationMs(timeoutOverrides.max) };
  return {
    ...same,
    coldWaitMs: durationMs(coldWait),
    syncMinMs,
    syncMaxMs,
    ...(overrides !== undefined && { timeoutOverrides: overrides }),
  };
}

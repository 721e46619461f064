/** What isolates and Durable Objects say to each other, and what objects read back from their storage. */
import fc from "fast-check";
import { checkMesh } from "../../../durable-objects/mesh-config/check-mesh.ts";
import { checkApply, checkPin, checkRollback } from "../../../durable-objects/mesh-config/requests.ts";
import {
  decodeDirective,
  decodeEndpoints,
  decodeMeta,
  decodeOverrides,
  decodeSlice,
  decodeWord,
} from "../../../durable-objects/service-monitor/rows.ts";
import { checkEndpointSet } from "../../../src/core/endpoint-set-check.ts";
import { checkReport } from "../../../src/core/health/report-check.ts";
import { decodeBucket } from "../../../src/core/history/bucket.ts";
import { checkMessage, checkRow } from "../../../src/core/monitor/exchange-message.ts";
import { checkSlice } from "../../../src/core/monitor/mesh-slice.ts";
import { messageOf, onMessage } from "../../../src/core/monitor/on-exchange.ts";
import { onReport } from "../../../src/core/monitor/on-report.ts";
import { checkCommand } from "../../../src/core/monitor/override.ts";
import { startSending } from "../../../src/core/monitor/root-link.ts";
import { answer } from "../../../src/core/monitor/snapshot.ts";
import type { Report } from "../../../src/core/protocol.ts";
import { seededRng } from "../../../src/core/rng.ts";
import { applySnapshot, NO_ENDPOINT, pickEndpoint } from "../../../src/core/service-state.ts";
import { checkSnapshot } from "../../../src/core/snapshot-check.ts";
import { endpointOf, meshOf, serviceOf } from "../../fixtures/meshes.ts";
import { reportOf } from "../../fixtures/report-deltas.ts";
import { monitorOf, T0 } from "../../unit/core/monitor/monitors.ts";
import { snapshotOf, stateOf } from "../../unit/core/service-state/fixture.ts";
import { garbled, mutated } from "../mutations.ts";
import { fuzzTarget, must } from "../target.ts";

const report: Report = {
  ...reportOf([
    { id: "a", ok: 3, latencySumMs: 90, latencySquareSum: 2_700, latencyMinMs: 29 },
    { id: "b", timeouts: 1, resets: 2 },
  ]),
  endpointsRevision: 7,
  refusedMesh: { version: "fedcba9876543210", reason: "no key" },
};

const snapshot = snapshotOf({
  leases: [{ id: "a1", generation: 1, scope: "region", ttlMs: 3_000 }],
  rollouts: [{ name: "moving", stable: "a", canary: "b", percent: 10, revision: 3 }],
  meshAtMs: 5,
  sampleDecisions: 2,
});

const endpointSet = {
  revision: 5,
  endpoints: [
    endpointOf("a", "https://a.example.com", { headers: [["x-a", "1"]] }),
    endpointOf("b", "http://[::1]:8080"),
  ],
  draining: ["b"],
};

const mesh = meshOf([serviceOf("shop", [endpointOf("a", "https://a.example.com")])]);

/** What a region tells the root after it heard a report, and what the root answers. */
function exchanged() {
  const region = monitorOf("weur");
  onReport(region, report, T0);
  const message = messageOf(region, region.link!, startSending(region.link!, T0), T0);
  return { message, row: onMessage(monitorOf("root"), message, T0) };
}

const { message, row } = exchanged();
const command = {
  target: { endpoint: "a" },
  action: "weight",
  percent: 50,
  forMs: 60_000,
  reason: "slow",
  author: "ops",
};
const apply = {
  mesh,
  source: { text: "services: {}", format: "yaml" },
  base: 0,
  author: "ops",
  message: "first",
  guardMs: 60_000,
};

/** Rows are JSON that we wrote ourselves, and may be of another version, or broken. */
const rows: Readonly<Record<string, (text: string) => unknown>> = {
  decodeWord,
  decodeMeta,
  decodeOverrides,
  decodeEndpoints,
  decodeSlice,
  decodeBucket,
  decodeDirective: (text) => decodeDirective("a", text),
};

export const protocolTargets = [
  fuzzTarget(
    {
      name: "report",
      holds: "a report is refused whole, or an object takes it in and answers with a snapshot that isolates take",
      cases: 2_000,
    },
    mutated([report, JSON.parse(JSON.stringify(report))]),
    (value) => {
      const checked = checkReport(value);
      if (!checked.ok) return must(checked.detail !== "" && checked.detail.length < 1_000, "no reason is given");
      const monitor = monitorOf("weur");
      onReport(monitor, checked.report, T0 + 1_000);
      must(checkSnapshot(answer(monitor, T0 + 2_000)) !== null, "the object answers with what is no snapshot");
    },
  ),
  fuzzTarget(
    {
      name: "snapshot",
      holds: "a snapshot is refused whole, or requests go on to endpoints that there are",
      cases: 3_000,
    },
    mutated([snapshot, JSON.parse(JSON.stringify(snapshot))]),
    (value) => {
      const checked = checkSnapshot(value);
      if (checked === null) return;
      const state = stateOf();
      applySnapshot(state, checked, 1_000);
      const rng = seededRng(3);
      for (let i = 0; i < 20; i += 1) {
        const endpoint = pickEndpoint(state, { nowMs: 1_000 + i, rng, hashKey: "", tried: null });
        must(endpoint === NO_ENDPOINT || (Number.isInteger(endpoint) && endpoint >= 0 && endpoint < 3), `${endpoint}`);
      }
      const some = Array.from({ length: 20 }, () =>
        pickEndpoint(state, { nowMs: 60_000, rng, hashKey: "", tried: null }),
      );
      must(
        some.some((endpoint) => endpoint !== NO_ENDPOINT) || checked.health.some((code) => code > 1) || isShut(checked),
        "no endpoint is picked, though none is said to be out",
      );
    },
  ),
  fuzzTarget(
    {
      name: "endpoint-set",
      holds: "a set of endpoints is refused whole, or each has an origin of its own",
      cases: 2_000,
    },
    mutated([endpointSet]),
    (value) => {
      const checked = checkEndpointSet(value);
      if (!checked.ok) return must(checked.detail !== "", "no reason is given");
      for (const { origin, basePath } of checked.set.endpoints) {
        must(URL.canParse(origin + basePath) && new URL(origin).pathname === "/", `${origin} is no origin`);
      }
    },
  ),
  fuzzTarget(
    { name: "exchange", holds: "what objects of a service say to each other is refused, or taken in", cases: 2_000 },
    mutated([message]),
    (value) => {
      const checked = checkMessage(value);
      if (checked.ok) onMessage(monitorOf("root"), checked.message, T0 + 1_000);
      else must(checked.detail !== "", "no reason is given");
    },
  ),
  fuzzTarget(
    { name: "peers", holds: "rows, slices and operators' words are refused or whole", cases: 2_000 },
    mutated<unknown>([row, { ...mesh }, command]),
    (value) => {
      checkRow(value);
      checkSlice(value);
      checkCommand(value);
    },
  ),
  fuzzTarget(
    {
      name: "mesh",
      holds: "a mesh and what is asked of the config object is refused with a reason, or whole",
      cases: 1_500,
    },
    mutated<unknown>([mesh, apply, { to: 1, author: "ops", message: "back" }]),
    async (value) => {
      const checked = checkMesh(value);
      if (!checked.ok) must(checked.detail !== "" && checked.detail.length < 1_000, "no reason is given");
      await checkApply(value);
      checkRollback(value);
      checkPin(value);
    },
  ),
  fuzzTarget(
    { name: "stored", holds: "a row of an object's storage is read, or is none", cases: 3_000 },
    fc.tuple(
      fc.constantFrom(...Object.keys(rows)),
      garbled([
        JSON.stringify(snapshot),
        JSON.stringify({ v: 1, set: endpointSet, ...endpointSet }),
        JSON.stringify(mesh),
        JSON.stringify({ ...command, id: "x", atMs: 1, untilMs: 2 }),
        "[1,[1,2,3],[[1,2]],{}]",
      ]),
    ),
    ([name, text]) => void rows[name]!(text),
  ),
];

/** Nothing may be picked where breakers or weights leave nothing. */
function isShut({ breaker, weight, probability }: typeof snapshot): boolean {
  return breaker.some((code) => code !== 0) || weight.some((one) => one <= 0) || probability.some((one) => one <= 0);
}

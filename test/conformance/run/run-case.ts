/** One case: its requests, as often as the suite sends them. */
import { randomUUID } from "node:crypto";
import type { CaseRequest, ConformanceCase } from "../case.ts";
import type { TestCluster } from "../cluster/cluster.ts";
import { capturedOf, difference } from "../compare/compare.ts";
import { mirrorCountDifference, shareDifference } from "../compare/shares.ts";
import { type Answer, type EdgePorts, send } from "./send.ts";
import { sessionDifference } from "./session.ts";
import { websocketDifference } from "./websocket.ts";

export interface CaseContext {
  readonly edge: EdgePorts;
  readonly cluster: TestCluster;
  /** Host header of a request to a host. */
  readonly authority: (request: CaseRequest) => string;
}

/** In a row, as the suite wants it. */
const SUCCESSES = 3;
/** The suite goes on for 30 s, for gateways that take that long to be configured; a crowded machine may take longer. */
const PATIENCE_MS = 45_000;
const PAUSE_MS = 100;

/** A sentence for what is not as expected; null when the case passes. */
export function runCase(test: ConformanceCase, context: CaseContext): Promise<string | null> {
  switch (test.kind) {
    case "distribution":
      return repeatedly(test.expect.distribution!.attempts, () => distribution(test, context));
    case "mirror-distribution":
      return repeatedly(test.expect.mirrorDistribution!.attempts, () => mirrorDistribution(test, context));
    case "websocket":
      return websocketDifference(context.edge, context.authority(test.request), test);
    case "session":
      return sessionDifference(test, (request) => ask(context.edge, context.authority(request), request));
    case "repeat":
      return backendWeights(test, context);
    default:
      return roundTrips(test, context);
  }
}

async function roundTrips(test: ConformanceCase, context: CaseContext): Promise<string | null> {
  const deadline = performance.now() + PATIENCE_MS;
  let successes = 0;
  for (;;) {
    const fault = await roundTrip(test, context);
    successes = fault === null ? successes + 1 : 0;
    if (successes === SUCCESSES) return null;
    if (fault === null) continue;
    if (performance.now() > deadline) return fault;
    await pause();
  }
}

async function roundTrip(test: ConformanceCase, { edge, authority, cluster }: CaseContext): Promise<string | null> {
  const uuid = randomUUID();
  const request = withUuid(test.request, uuid);
  const answer = await ask(edge, authority(request), request);
  if (typeof answer === "string") return answer;
  const expect = expectationOf(test, request, uuid);
  const fault = difference(request, expect, answer);
  if (fault !== null || expect.mirroredTo === undefined) return fault;
  for (const { name, namespace } of expect.mirroredTo) {
    if (!(await wasMirrored(cluster, namespace, name, request.path))) return `${name} did not see the request`;
  }
  return null;
}

/** Mirrors are not waited for, so they may be late. */
async function wasMirrored(cluster: TestCluster, namespace: string, name: string, path: string): Promise<boolean> {
  for (let waits = 0; waits < 20; waits++) {
    if (cluster.podsOf(namespace, name).some(({ plain }) => plain.log.includes(path))) return true;
    await pause();
  }
  return false;
}

async function distribution(test: ConformanceCase, context: CaseContext): Promise<string | null> {
  const { backendShare, totalRequests, concurrency, absoluteTolerance } = test.expect.distribution!;
  const counts = new Map<string, number>();
  const faults: string[] = [];
  await inParallel(totalRequests, concurrency, async () => {
    const answer = await ask(context.edge, context.authority(test.request), test.request);
    const fault = typeof answer === "string" ? answer : difference(test.request, test.expect, answer);
    if (fault !== null) faults.push(fault);
    if (typeof answer === "string") return;
    const backend = capturedOf(test.request, answer).pod.split("-").slice(0, -2).join("-");
    counts.set(backend, (counts.get(backend) ?? 0) + 1);
  });
  return faults[0] ?? shareDifference(counts, backendShare, totalRequests, absoluteTolerance);
}

async function mirrorDistribution(
  test: ConformanceCase,
  { edge, authority, cluster }: CaseContext,
): Promise<string | null> {
  const { totalRequests, concurrency, toleranceStdDevs } = test.expect.mirrorDistribution!;
  const mirrors = test.expect.mirroredTo!;
  const pods = mirrors.map(({ namespace, name }) => cluster.podsOf(namespace, name));
  const seen = () => pods.map((list) => list.reduce((total, { plain }) => total + plain.log.length, 0));
  const before = seen();
  const faults: string[] = [];
  await inParallel(totalRequests, concurrency, async () => {
    const uuid = randomUUID();
    const request = withUuid(test.request, uuid);
    const answer = await ask(edge, authority(request), request);
    const fault = typeof answer === "string" ? answer : difference(request, expectationOf(test, request, uuid), answer);
    if (fault !== null) faults.push(fault);
  });
  await untilQuiet(seen);
  const after = seen();
  return (
    faults[0] ??
    mirrors
      .map(({ percent = 100 }, index) =>
        mirrorCountDifference(after[index]! - before[index]!, totalRequests, percent / 100, toleranceStdDevs),
      )
      .find((fault) => fault !== null) ??
    null
  );
}

/** Every answer says in a header that the backend saw which backend it is. */
async function backendWeights(test: ConformanceCase, { edge, authority }: CaseContext): Promise<string | null> {
  for (let index = 0; index < test.repeat!; index++) {
    const answer = await ask(edge, authority(test.request), test.request);
    if (typeof answer === "string") return answer;
    const { headers, pod } = capturedOf(test.request, answer);
    const name = test.expect.backendHeaderEqualsPodPrefix!.toLowerCase();
    const said = headers[name]?.join(",") ?? "";
    if (said === "" || !pod.startsWith(said)) return `${pod} got ${name}: ${said}`;
  }
  return null;
}

function withUuid(request: CaseRequest, uuid: string): CaseRequest {
  const filled = JSON.parse(JSON.stringify(request).replaceAll("{{uuid}}", uuid)) as CaseRequest;
  const added = new URLSearchParams(filled.addQueryParam).toString();
  if (added === "") return filled;
  return { ...filled, path: `${filled.path}${filled.path.includes("?") ? "&" : "?"}${added}` };
}

/** The backend sees what was added to the query. */
function expectationOf({ expect, request: { addQueryParam } }: ConformanceCase, { path }: CaseRequest, uuid: string) {
  const filled = JSON.parse(JSON.stringify(expect).replaceAll("{{uuid}}", uuid)) as ConformanceCase["expect"];
  return addQueryParam === undefined ? filled : { ...filled, backend: { ...filled.backend, path } };
}

async function ask(edge: EdgePorts, authority: string, request: CaseRequest): Promise<Answer | string> {
  try {
    return await send(edge, authority, request);
  } catch (error) {
    return `no answer: ${String(error)}`;
  }
}

async function repeatedly(attempts: number, run: () => Promise<string | null>): Promise<string | null> {
  let fault: string | null = null;
  for (let attempt = 0; attempt < attempts; attempt++) {
    fault = await run();
    if (fault === null) return null;
  }
  return fault;
}

async function inParallel(total: number, concurrency: number, run: () => Promise<void>): Promise<void> {
  let started = 0;
  const worker = async () => {
    while (started < total) {
      started++;
      await run();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function untilQuiet(look: () => readonly number[]): Promise<void> {
  let before = "";
  for (let now = look().join(); now !== before; now = look().join()) {
    before = now;
    await pause();
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((wake) => setTimeout(wake, PAUSE_MS));
}

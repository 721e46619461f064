/**
 * A DestinationRule's traffic policy as a service's settings, with Istio's defaults written out where Heddle has others.
 *
 * What Istio calls a circuit breaker is outlier detection and limits. Heddle's breaker of its own is off in imported
 * services: without outlier detection Istio sends on to an endpoint whatever it answers.
 */
import { NO_BUDGET_PERCENT } from "../../core/retry/budget.ts";
import type { Settings } from "../proxy/draft.ts";
import type { SourceNode } from "../proxy/source-node.ts";
import { limits } from "./connection-pool.ts";
import { type LoadBalancingSettings, loadBalancing } from "./load-balancer.ts";
import { outlierDetection } from "./outlier-detection.ts";
import { DEFAULT_RETRY, DEFAULT_TIMEOUTS } from "./retries.ts";

/** A policy, section by section; a section that nothing sets is undefined. */
export interface PolicySections {
  readonly loadBalancer: SourceNode | undefined;
  readonly outlierDetection: SourceNode | undefined;
  readonly connectionPool: SourceNode | undefined;
  readonly tls: SourceNode | undefined;
  readonly retryBudget: SourceNode | undefined;
}

const NO_POLICY: PolicySections = {
  loadBalancer: undefined,
  outlierDetection: undefined,
  connectionPool: undefined,
  tls: undefined,
  retryBudget: undefined,
};

/**
 * The sections that hold for a port. A port's own settings stand alone: what they leave out has Istio's default, not
 * the policy's. A subset's section replaces the section of the whole.
 */
export function sectionsOf(
  policy: SourceNode | undefined,
  port: number | null,
  below: PolicySections = NO_POLICY,
): PolicySections {
  if (policy === undefined) return below;
  const own = sectionsAt(policy);
  policy.drop("tunnel", "endpoints are called directly");
  policy.drop("proxyProtocol", "the PROXY protocol is not spoken by the platform");
  for (const level of policy.objects("portLevelSettings")) {
    const number = level.object("port")?.number("number");
    if (number === undefined || number !== port) {
      level.pass();
      continue;
    }
    level.claim();
    return { ...sectionsAt(level), retryBudget: own.retryBudget };
  }
  return {
    loadBalancer: own.loadBalancer ?? below.loadBalancer,
    outlierDetection: own.outlierDetection ?? below.outlierDetection,
    connectionPool: own.connectionPool ?? below.connectionPool,
    tls: own.tls ?? below.tls,
    retryBudget: own.retryBudget ?? below.retryBudget,
  };
}

function sectionsAt(node: SourceNode): PolicySections {
  return {
    loadBalancer: node.object("loadBalancer"),
    outlierDetection: node.object("outlierDetection"),
    connectionPool: node.object("connectionPool"),
    tls: node.object("tls"),
    retryBudget: node.object("retryBudget"),
  };
}

/** All settings of a service but where it runs. */
export function serviceSettings(sections: PolicySections): Settings {
  const balancing: LoadBalancingSettings = loadBalancing(
    sections.loadBalancer,
    sections.outlierDetection !== undefined,
  );
  const outlier = outlierDetection(sections.outlierDetection);
  return {
    loadBalancing: balancing.loadBalancing,
    outlierDetection: outlier.outlierDetection,
    panicThreshold: outlier.panicThreshold,
    circuitBreaker: { enabled: false },
    failover: { mode: "direct", allOut: outlier.panicThreshold > 0 ? "panic" : "fail" },
    slowStart: balancing.slowStart,
    timeouts: DEFAULT_TIMEOUTS,
    retry: { ...DEFAULT_RETRY, budget: { percent: retryBudget(sections.retryBudget) } },
    limits: { maxRequests: limits(sections.connectionPool) },
  };
}

/** Istio has no budget unless one is set. */
function retryBudget(node: SourceNode | undefined): number {
  if (node === undefined) return NO_BUDGET_PERCENT;
  node.drop("minRetryConcurrency", "the budget is a share of the requests of the whole mesh, without a least number");
  const percent = node.number("percent") ?? 20;
  if (percent < 0 || percent > 100) node.invalid("percent", "has to be from 0 to 100");
  return Math.min(100, Math.max(0, percent));
}

/** Whether endpoints are called by https. What else the section asks of TLS is listed. */
export function usesTls(tls: SourceNode | undefined): boolean {
  const mode = tls?.text("mode") ?? "DISABLE";
  if (tls === undefined) return false;
  if (!["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"].includes(mode)) tls.invalid("mode", `${mode} is not a TLS mode`);
  if (mode === "ISTIO_MUTUAL") {
    tls.note("mode", "the edge has no identity in the mesh: origins that ask for one refuse it");
  }
  if (mode === "MUTUAL") tls.note("mode", "no client certificate is sent: that takes an mTLS binding of the Worker");
  const platform = "TLS to the endpoint is the platform's: the name in the URL is sent and checked";
  for (const field of ["sni", "subjectAltNames", "caCertificates", "caCrl", "credentialName", "insecureSkipVerify"]) {
    tls.drop(field, platform);
  }
  tls.ignore("clientCertificate", "privateKey");
  return mode === "SIMPLE" || mode === "MUTUAL";
}

/** Where endpoints come from: registrations, DNS, clusters; how old each answer is, and what is wrong with it. */
import { useState } from "preact/hooks";
import type { Cluster, DiscoveredService, Page, Registration } from "../api/shapes.ts";
import { ago, count, percent, span } from "../format.ts";
import { nowMs } from "../live/clock.ts";
import { useAnswer } from "../live/use-answer.ts";
import type { Mood } from "../mesh/health.ts";
import { Badge } from "../parts/badge.tsx";
import { Card } from "../parts/card.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, ProblemView, Waiting } from "../parts/states.tsx";

const SOURCE_MOODS = {
  ok: { tone: "good", word: "Fresh" },
  failing: { tone: "bad", word: "Failing" },
  silent: { tone: "unknown", word: "Silent" },
} as const;

const INSTANCE_MOODS: Readonly<Record<string, Mood>> = {
  serving: { tone: "good", word: "Serving" },
  held: { tone: "warn", word: "Held by the floor" },
  draining: { tone: "off", word: "Draining" },
  pending: { tone: "unknown", word: "Pending" },
  challenged: { tone: "warn", word: "Challenged" },
  damped: { tone: "warn", word: "Damped" },
  "not-ready": { tone: "warn", word: "Not ready" },
};

type Discovery = Page<DiscoveredService> & { readonly clusters: readonly Cluster[] };

export function DiscoveryPage() {
  const { value, problem } = useAnswer<Discovery>("/v1/discovery?limit=100", 4_000);
  return (
    <>
      <PageHead
        title="Discovery"
        text="Endpoints that are found while the mesh runs, and the sources that tell of them."
      />
      {problem !== null && <ProblemView problem={problem} />}
      {value === null && problem === null && <Waiting what="sources" />}
      {value?.items.length === 0 && value.clusters.length === 0 && (
        <Card title="Sources">
          <Empty title="All endpoints are in the config">
            <p>Services can also find theirs by registration, in DNS or in Kubernetes:</p>
            <pre>{"services:\n  shop:\n    discovery: { registration: {} }"}</pre>
          </Empty>
        </Card>
      )}
      {value?.items.map((service) => (
        <ServiceSources key={service.service} discovered={service} />
      ))}
      {value !== null && value.clusters.length > 0 && (
        <Card title="Clusters">
          <ul class="rows">
            {value.clusters.map(({ name, isWatching, streams }) => (
              <li key={name} class="row">
                <div class="row-main">
                  <p>
                    <b>{name}</b>
                  </p>
                  <p class="soft small">{count(streams.length, "stream")}</p>
                </div>
                <Badge mood={isWatching ? { tone: "good", word: "Watched" } : { tone: "bad", word: "Not watched" }} />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

function ServiceSources({ discovered }: { readonly discovered: DiscoveredService }) {
  const { service, sources, alarms } = discovered;
  const [open, setOpen] = useState(false);
  const now = nowMs.value;
  const hasInstances = sources.some(({ kind }) => kind === "registration");
  return (
    <Card title={service}>
      {alarms.map(({ type, sinceMs, detail }) => (
        <p key={type} class="banner warn" role="status">
          {detail} ({type}, for {span(now - sinceMs)})
        </p>
      ))}
      <ul class="rows">
        {sources.map(({ name, kind, state, endpoints, goodAtMs, error }) => (
          <li key={name} class="row">
            <div class="row-main">
              <p>
                <b>{name}</b> {kind === name ? "" : kind}
              </p>
              <p class="soft small">
                {count(endpoints, "endpoint")}, {goodAtMs === null ? "never heard" : `true ${ago(goodAtMs, now)}`}
                {error === "" ? "" : `: ${error}`}
              </p>
            </div>
            <Badge mood={SOURCE_MOODS[state]} />
          </li>
        ))}
      </ul>
      {hasInstances && (
        <>
          <button type="button" class="button small" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? "Hide instances" : "Show instances"}
            <span class="for-readers"> of {service}</span>
          </button>
          {open && <Instances service={service} />}
        </>
      )}
    </Card>
  );
}

function Instances({ service }: { readonly service: string }) {
  const path = `/v1/services/${encodeURIComponent(service)}/registrations?limit=200`;
  const { value, problem } = useAnswer<Page<Registration>>(path, 4_000);
  const now = nowMs.value;
  if (problem !== null) return <ProblemView problem={problem} />;
  if (value === null) return <Waiting what="instances" />;
  if (value.items.length === 0) return <Empty title="No instance has registered" />;
  return (
    <ul class="rows">
      {value.items.map(({ instance, url, locality, state, load, heartbeatAtMs, expiresAtMs, challengeError }) => (
        <li key={instance} class="row">
          <div class="row-main">
            <p>
              <b>{instance}</b> {[locality.cloud, locality.region].filter((word) => word !== "").join(" / ")}
            </p>
            <p class="soft small">
              {url} · heartbeat {ago(heartbeatAtMs, now)},{" "}
              {expiresAtMs > now ? `expires in ${span(expiresAtMs - now)}` : "expired"}
              {load === null ? "" : ` · load ${percent(load)}`}
              {challengeError === undefined ? "" : ` · ${challengeError}`}
            </p>
          </div>
          <Badge mood={INSTANCE_MOODS[state] ?? { tone: "unknown", word: state }} />
        </li>
      ))}
    </ul>
  );
}

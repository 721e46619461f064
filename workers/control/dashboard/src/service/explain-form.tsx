/** Why a request would go where it goes. It is not sent. */
import { useState } from "preact/hooks";
import type { CandidateView } from "../../../../../src/core/service-state.ts";
import { call, type Problem } from "../api/client.ts";
import { ms, percent } from "../format.ts";
import { Card } from "../parts/card.tsx";
import { Scrollable } from "../parts/scrollable.tsx";
import { ProblemView } from "../parts/states.tsx";

interface Explanation {
  readonly route: { readonly name: string; readonly rule: string } | null;
  readonly region: string;
  readonly backends: readonly {
    readonly service: string;
    readonly share: number;
    readonly policy: string;
    readonly snapshotAgeMs: number | null;
    readonly candidates: readonly CandidateView[];
    readonly likeliest: string;
    readonly why: string;
  }[];
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

export function ExplainForm({ service }: { readonly service: string }) {
  const [url, setUrl] = useState("https://shop.example/");
  const [method, setMethod] = useState("GET");
  const [found, setFound] = useState<Explanation | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const answer = await call<Explanation>("/v1/explain", { method: "POST", json: { url, method } });
    setFound(answer.ok ? answer.value : null);
    setProblem(answer.ok ? null : answer.problem);
  };
  return (
    <Card title="Explain a request" note="Which route, which candidates, and why. Nothing is sent">
      <form class="explain" onSubmit={(event) => void submit(event)}>
        <select aria-label="Method" value={method} onChange={(event) => setMethod(event.currentTarget.value)}>
          {METHODS.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <input
          type="url"
          aria-label="URL"
          required
          value={url}
          onInput={(event) => setUrl(event.currentTarget.value)}
        />
        <button type="submit" class="button primary">
          Explain
        </button>
      </form>
      <div aria-live="polite">
        {problem !== null && <ProblemView problem={problem} />}
        {found !== null && <ExplanationView found={found} service={service} />}
      </div>
    </Card>
  );
}

function ExplanationView({ found, service }: { readonly found: Explanation; readonly service: string }) {
  if (found.route === null) return <p class="explained">No route matches: the answer is 404.</p>;
  return (
    <div class="explained">
      <p>
        Route <b>{found.route.name}</b>, rule {found.route.rule}
      </p>
      {found.backends.map((backend) => (
        <div key={backend.service}>
          <p>
            <b>{backend.service}</b> gets {percent(backend.share)} of it, policy {backend.policy}
            {backend.service === service ? "" : " (another service)"}
          </p>
          <Scrollable label={`Candidates of ${backend.service}`}>
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">Candidate</th>
                  <th scope="col" class="number">
                    Chance
                  </th>
                  <th scope="col" class="number">
                    Latency
                  </th>
                  <th scope="col" class="number">
                    Failures
                  </th>
                  <th scope="col">Held against it</th>
                </tr>
              </thead>
              <tbody>
                {backend.candidates.map(({ id, probability, latencyMs, failureRatio, reason, available }) => (
                  <tr key={id}>
                    <th scope="row">{id}</th>
                    <td class="number">{percent(probability)}</td>
                    <td class="number">{ms(latencyMs)}</td>
                    <td class="number">{percent(failureRatio)}</td>
                    <td>{reason === "" ? (available ? "nothing" : "not available") : reason}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scrollable>
          <p class="soft">{backend.why}</p>
        </div>
      ))}
    </div>
  );
}

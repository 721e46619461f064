/** What happened, and who changed what. */
import { may } from "../access/session.ts";
import { all, call } from "../api/client.ts";
import type { AuditEntry, MeshEvent, Page } from "../api/shapes.ts";
import { mesh } from "../live/store.ts";
import { useAnswer } from "../live/use-answer.ts";
import { eventDetail, eventTitle } from "../mesh/event-look.ts";
import { Card } from "../parts/card.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Empty, ProblemView, Waiting } from "../parts/states.tsx";
import { place, setQuery } from "../router.ts";
import { AuditTable } from "./audit-table.tsx";
import { EventList } from "./event-list.tsx";

const SPANS = [
  { value: "", label: "Last hour", ms: 3_600_000 },
  { value: "24h", label: "Last day", ms: 86_400_000 },
  { value: "7d", label: "Last week", ms: 604_800_000 },
];

export function EventsPage() {
  const { query } = place.value;
  const log = query.get("log") === "audit" ? "audit" : "events";
  return (
    <>
      <PageHead title="Events" text="What the mesh noticed and did, and who changed what.">
        <fieldset class="tabs">
          <legend class="for-readers">Which log</legend>
          <button type="button" aria-pressed={log === "events"} onClick={() => setQuery({ log: "" })}>
            Events
          </button>
          <button type="button" aria-pressed={log === "audit"} onClick={() => setQuery({ log: "audit" })}>
            Audit log
          </button>
        </fieldset>
      </PageHead>
      {log === "events" ? <EventLog query={query} /> : <AuditLog query={query} />}
    </>
  );
}

function EventLog({ query }: { readonly query: URLSearchParams }) {
  const service = query.get("service") ?? "";
  const type = query.get("type") ?? "";
  const text = query.get("text") ?? "";
  const span = SPANS.find(({ value }) => value === (query.get("since") ?? "")) ?? SPANS[0]!;
  const { value, problem } = useAnswer(sinceQuery(service, span.ms), 4_000, eventsOf);
  const types = [...new Set((value ?? []).map((event) => event.type))].sort();
  const shown = (value ?? []).filter(
    (event) =>
      (type === "" || event.type === type) &&
      (text === "" || `${eventTitle(event)} ${eventDetail(event)}`.toLowerCase().includes(text.toLowerCase())),
  );
  const services = (mesh.value?.services ?? []).map(({ name }) => name);
  return (
    <Card title="Events" note={value === null ? undefined : `${shown.length} of ${value.length}`}>
      <div class="filters">
        <Choice
          label="Service"
          value={service}
          all="All services"
          options={services}
          onValue={(next) => setQuery({ service: next })}
        />
        <Choice
          label="Type"
          value={type}
          all="All types"
          options={types}
          onValue={(next) => setQuery({ type: next })}
        />
        <select
          aria-label="Since"
          value={span.value}
          onChange={(event) => setQuery({ since: event.currentTarget.value })}
        >
          {SPANS.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label="Text"
          placeholder="Find text"
          value={text}
          onInput={(event) => setQuery({ text: event.currentTarget.value })}
        />
      </div>
      {problem !== null && <ProblemView problem={problem} />}
      {value === null && problem === null && <Waiting what="events" />}
      {value !== null && shown.length === 0 && (
        <Empty title="Nothing of that kind">
          <p>Choose another time or fewer filters.</p>
        </Empty>
      )}
      {shown.length > 0 && <EventList groups={shown.map((event) => ({ event, times: 1 }))} />}
    </Card>
  );
}

const KINDS = [
  { value: "", label: "Everybody" },
  { value: "person", label: "People and pipelines" },
  { value: "instance", label: "Instances" },
];
const AUDITED = ["config", "override", "rollout", "token", "registration"];

function AuditLog({ query }: { readonly query: URLSearchParams }) {
  const kind = query.get("kind") ?? "";
  const action = query.get("action") ?? "";
  const allowed = may("admin");
  const parts = [kind !== "" && `kind=${kind}`, action !== "" && `action=${action}`].filter((part) => part !== false);
  const path = allowed ? `/v1/audit?limit=100${parts.map((part) => `&${part}`).join("")}` : null;
  const { value, problem } = useAnswer<Page<AuditEntry>>(path, 5_000, call);
  if (!allowed) return <NotAllowed what="The audit log" scope="admin" />;
  return (
    <Card title="Audit log">
      <div class="filters">
        <select aria-label="By whom" value={kind} onChange={(event) => setQuery({ kind: event.currentTarget.value })}>
          {KINDS.map((one) => (
            <option key={one.value} value={one.value}>
              {one.label}
            </option>
          ))}
        </select>
        <Choice
          label="Action"
          value={action}
          all="All actions"
          options={AUDITED}
          onValue={(next) => setQuery({ action: next })}
        />
      </div>
      {problem !== null && <ProblemView problem={problem} />}
      {value === null && problem === null && <Waiting what="the audit log" />}
      {value?.items.length === 0 && <Empty title="Nobody changed anything" />}
      {value !== null && value.items.length > 0 && <AuditTable entries={value.items} />}
    </Card>
  );
}

export function NotAllowed({ what, scope }: { readonly what: string; readonly scope: string }) {
  return (
    <Card title={what}>
      <Empty title="Not for this token">
        <p>
          {what} is for holders of the scope {scope}. Ask for a token that has it.
        </p>
      </Empty>
    </Card>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  /** The word for no choice. */
  readonly all: string;
  readonly options: readonly string[];
  readonly onValue: (value: string) => void;
}

function Choice({ label, value, all: every, options, onValue }: ChoiceProps) {
  const known = value === "" || options.includes(value) ? options : [...options, value];
  return (
    <select aria-label={label} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
      <option value="">{every}</option>
      {known.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </select>
  );
}

/** What is asked, as a name: the time moves with each question. */
function sinceQuery(service: string, ms: number): string {
  return `${service}?${ms}`;
}

function eventsOf(name: string) {
  const [service = "", ms = "0"] = name.split("?");
  const of = service === "" ? "" : `&service=${encodeURIComponent(service)}`;
  return all<MeshEvent>(`/v1/events?since=${Date.now() - Number(ms)}${of}`, 400);
}

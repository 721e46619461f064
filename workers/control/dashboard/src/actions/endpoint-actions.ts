/** What an operator can say about an endpoint. */
import { call } from "../api/client.ts";
import type { DemoOrigin, Override, Target } from "../api/shapes.ts";
import { count } from "../format.ts";
import { dialog, type Field, type Values } from "./dialog.ts";

const REASON: Field = { name: "reason", label: "Reason", kind: "text", value: "", hint: "For the audit log" };
const FOR: Field = {
  name: "for",
  label: "For",
  kind: "select",
  value: "1h",
  options: [
    { value: "15m", label: "15 minutes" },
    { value: "1h", label: "1 hour" },
    { value: "8h", label: "8 hours" },
    { value: "24h", label: "24 hours" },
    { value: "", label: "Until it is cleared" },
  ],
};

interface Operated {
  readonly impact?: { readonly left: number; readonly serving: number };
  readonly warning?: string | null;
}

/** No new requests for it; what runs there ends by itself. */
export function askDrain(service: string, endpoint: string, servingOthers: number): void {
  dialog.value = {
    title: `Drain ${endpoint}?`,
    text:
      servingOthers === 0
        ? `No other endpoint of ${service} serves: with ${endpoint} drained, requests fail.`
        : `It gets no new requests. Those that run there end by themselves; ${count(servingOthers, "other endpoint")} of ${service} ${servingOthers === 1 ? "takes" : "take"} over.`,
    verb: "Drain",
    tone: "bad",
    fields: [FOR, REASON],
    run: (values) => addOverride(service, { endpoint }, { action: "drain", ...common(values) }),
    done: (_, value) => `${endpoint} is draining.${saidBy(value)}`,
  };
}

export function askClear({ service, id, action, target }: Override): void {
  const what = targetName(target);
  const isOut = action === "drain" || action === "disable";
  dialog.value = {
    title: isOut ? `Undrain ${what}?` : `Clear ${action} of ${what}?`,
    text: isOut
      ? `It takes requests again, slowly at first, if it is well.`
      : `From then on the mesh decides about ${what} by what it observes.`,
    verb: isOut ? "Undrain" : "Clear",
    tone: "plain",
    run: () =>
      call(`/v1/services/${encodeURIComponent(service)}/overrides/${encodeURIComponent(id)}`, { method: "DELETE" }),
    done: () => (isOut ? `${what} takes requests again.` : `The override of ${what} is cleared.`),
  };
}

const ACTIONS = [
  { value: "weight", label: "Set its weight" },
  { value: "disable", label: "Disable: no requests, no sessions" },
  { value: "drain", label: "Drain: no new requests" },
  { value: "force-healthy", label: "Take it for healthy" },
  { value: "force-unhealthy", label: "Take it for unhealthy" },
];

export function askOverride(service: string, target: Target): void {
  dialog.value = {
    title: `Override ${targetName(target)}`,
    text: `What you say here goes before what the mesh observes, everywhere, within 5 seconds.`,
    verb: "Override",
    tone: "bad",
    fields: [
      { name: "action", label: "Action", kind: "select", value: "weight", options: ACTIONS },
      {
        name: "percent",
        label: "Percent of the configured weight",
        kind: "number",
        value: "50",
        required: true,
        when: ({ action }) => action === "weight",
      },
      FOR,
      REASON,
    ],
    run: (values) =>
      addOverride(service, target, {
        action: values.action,
        ...(values.action === "weight" && { percent: Number(values.percent) }),
        ...common(values),
      }),
    done: (_, value) => `The override of ${targetName(target)} is in force.${saidBy(value)}`,
  };
}

const FAULTS = [
  { value: "refuse", label: "Refuse connections" },
  { value: "hang", label: "Hang" },
  { value: "status=500", label: "Answer 500" },
  { value: "error-rate=20%", label: "Fail 20 %" },
  { value: "latency=500ms", label: "Answer 500 ms later" },
  { value: "flap=3s", label: "Go and come back every 3 s" },
];

/** Of the local demo only: a real fault of one of its origins. */
export function askFault({ name, isFaulty, fault }: DemoOrigin, onDone: () => void): void {
  const set = async (word: string) => {
    const answer = await call(`/demo/origins/${encodeURIComponent(name)}/fault`, {
      method: "PUT",
      json: { fault: [word] },
    });
    onDone();
    return answer;
  };
  dialog.value = isFaulty
    ? {
        title: `Heal ${name}?`,
        text: `It is ${fault} now. Healed, it answers as before.`,
        verb: "Heal",
        tone: "plain",
        run: () => set("heal"),
        done: () => `${name} is well again.`,
      }
    : {
        title: `Break ${name}?`,
        text: "A real fault of this demo's origin. Watch the traffic move; heal it afterwards.",
        verb: "Break",
        tone: "bad",
        fields: [{ name: "fault", label: "Fault", kind: "select", value: "refuse", options: FAULTS }],
        run: (values) => set(values.fault ?? "refuse"),
        done: ({ fault: word }) => `${name}: ${FAULTS.find(({ value }) => value === word)?.label ?? word}.`,
      };
}

export function targetName(target: Target): string {
  if ("endpoint" in target) return target.endpoint;
  return target.region === undefined ? target.cloud : `${target.cloud}/${target.region}`;
}

function addOverride(service: string, target: Target, command: object) {
  return call(`/v1/services/${encodeURIComponent(service)}/overrides`, {
    method: "POST",
    json: { target, ...command },
  });
}

function common(values: Values) {
  return {
    ...(values.for !== "" && { for: values.for }),
    ...(values.reason !== "" && { reason: values.reason }),
  };
}

function saidBy(value: unknown): string {
  const { warning } = (value ?? {}) as Operated;
  return warning == null ? "" : ` ${warning}`;
}

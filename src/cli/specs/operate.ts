import type { CommandSpec, OptionSpec } from "../command.ts";
import { json, mesh } from "./options.ts";

const duration: OptionSpec = { value: "DURATION", does: "for so long (default: until it is taken back)" };
const reason: OptionSpec = { value: "TEXT", does: "why, for the record" };
const wait: OptionSpec = { does: "wait until no request and no session is left there" };
const force: OptionSpec = { does: "do it though no endpoint is left to take traffic" };
const TARGET = "TARGET: an endpoint's id, cloud:aws, or region:aws/us-east-1.";

/** Commands that steer a running mesh without a new config. */
export const OPERATE_COMMANDS: readonly CommandSpec[] = [
  {
    name: "drain",
    summary: "Send nothing new to an endpoint, a cloud or a region; sessions end in their own time",
    positionals: "SERVICE TARGET",
    minPositionals: 2,
    maxPositionals: 2,
    options: { for: duration, reason, wait, force, ...mesh, json },
    notes: [TARGET, "In force everywhere within 5 s, without a new config."],
    examples: [
      "heddle drain shop aws --for 1h --reason 'kernel update'",
      "heddle drain shop region:aws/us-east-1 --wait",
    ],
    load: async () => (await import("../commands/drain.ts")).drain,
  },
  {
    name: "undrain",
    summary: "Take a drain back",
    positionals: "SERVICE TARGET",
    minPositionals: 2,
    maxPositionals: 2,
    options: { ...mesh, json },
    notes: [TARGET],
    examples: ["heddle undrain shop aws", "heddle undrain shop cloud:gcp"],
    load: async () => (await import("../commands/drain.ts")).undrain,
  },
  {
    name: "override",
    summary: "List what operators said of endpoints, say something, or take it back",
    positionals: "[list [SERVICE] | clear SERVICE [TARGET|ID] | SERVICE TARGET ACTION]",
    minPositionals: 0,
    maxPositionals: 3,
    options: {
      percent: { value: "N", does: "for weight: of the configured weight, 0 to 1000" },
      for: duration,
      reason,
      wait: { does: "for drain: wait until no request and no session is left there" },
      force,
      ...mesh,
      json,
    },
    notes: [
      TARGET,
      "ACTION: drain, disable (nothing goes there), weight, force-healthy, force-unhealthy (whatever checks say).",
    ],
    examples: [
      "heddle override",
      "heddle override shop gcp weight --percent 50 --for 30m",
      "heddle override shop cloud:azure disable --reason 'their incident'",
      "heddle override clear shop gcp",
    ],
    load: async () => (await import("../commands/override.ts")).override,
  },
  {
    name: "rollout",
    summary: "List the rollouts of a mesh, show one, or start, pause, resume, promote or abort it",
    positionals: "[NAME [ACTION]]",
    minPositionals: 0,
    maxPositionals: 2,
    options: {
      edge: { value: "URL", short: "e", does: "ask this edge itself, not the control plane" },
      by: { value: "NAME", does: "with --edge: who says so, for the history (default: $USER)" },
      ...mesh,
      token: {
        value: "TOKEN",
        does: "token of the control plane, or with --edge the operator token ($HEDDLE_OPERATOR_TOKEN)",
      },
      json,
    },
    notes: [
      "ACTION: start (at the first step), pause (keep the weight, stop the clock), resume, promote (to the next step now) or",
      "abort (everything back to the stable side). A limit that is broken rolls it back without a word. Where no mesh is",
      "chosen, the edge at http://127.0.0.1:8787 is asked.",
    ],
    examples: [
      "heddle rollout",
      "heddle rollout shop-v2 start --context prod",
      "heddle rollout shop-v2 --edge https://shop.example.com --json",
    ],
    load: async () => (await import("../commands/rollout.ts")).rollout,
  },
  {
    name: "register",
    summary: "Have an instance in a service for as long as this runs, by heartbeats",
    positionals: "SERVICE URL",
    minPositionals: 2,
    maxPositionals: 2,
    options: {
      instance: { value: "NAME", does: "its name, the same after a restart (default: this host and the port of URL)" },
      locality: { value: "CLOUD/REGION/ZONE", does: "where it runs, e.g. aws/us-east-1" },
      weight: { value: "N", does: "its weight (default: the service's)" },
      label: { value: "NAME=VALUE", many: true, does: "a label; may be given several times" },
      ttl: { value: "DURATION", does: "it is gone when it was not heard of for so long (default: the service's)" },
      "not-ready": { does: "register it without traffic" },
      once: { does: "register and end; somebody else sends the heartbeats" },
      remove: { does: "take the instance out and end" },
      ...mesh,
      json,
    },
    notes: ["Ends on Ctrl-C or SIGTERM and deregisters. A token with the scope register for the service is enough."],
    examples: [
      "heddle register shop https://10-0-3-7.shop.example.com --locality aws/us-east-1",
      "heddle register shop http://127.0.0.1:9001 --once --json",
    ],
    load: async () => (await import("../commands/register.ts")).register,
  },
];

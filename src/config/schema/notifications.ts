/** Who is told of what happens, and what is called when an endpoint is out. */
import * as z from "zod";
import { EVENT_TYPES, SEVERITIES } from "../../core/mesh-notifications.ts";
import { duration } from "./duration.ts";
import { isRecord, withFindings } from "./finding.ts";
import { name, placedName } from "./names.ts";
import { derived, required, setting, withDefaults } from "./setting.ts";

/** Only such names of the control Worker's environment are read: a config cannot have other secrets sent away. */
export const SECRET_PREFIX = "HEDDLE_NOTIFY_";
const SECRET_PATTERN = /^HEDDLE_NOTIFY_[A-Z0-9_]{1,64}$/;

const secretName = () =>
  z.string().regex(SECRET_PATTERN, { error: `must be ${SECRET_PREFIX} and capitals, digits or underscores` });

const httpUrl = () =>
  z
    .string()
    .max(2_048)
    .regex(/^https?:\/\/[^\s/?#@]+([/?][^\s#]*)?$/i, { error: "must be a URL without credentials and fragment" });

const receiver = {
  url: derived(
    httpUrl(),
    "Where to send it. Public https, unless HEDDLE_ALLOW_ENDPOINTS of the control Worker allows more. Redirects are not followed.",
    "`urlFrom` has it; PagerDuty's own for pagerduty",
  ),
  urlFrom: derived(
    secretName(),
    "Name of the control Worker's secret that is the URL, for URLs that are secrets themselves, as Slack's are.",
    "`url` has it",
  ),
  secret: derived(
    secretName(),
    "Name of the control Worker's secret: the key of the signature (webhook), the routing key (pagerduty), a bearer token (alertmanager).",
    "none; pagerduty needs one",
  ),
};

const target = z.strictObject({
  name: required(name(), "Distinct; people see it in the API and in events."),
  type: required(
    z.enum(["webhook", "slack", "pagerduty", "alertmanager"]),
    "webhook: signed JSON. slack: incoming webhooks of Slack and what understands them. pagerduty: Events API v2. alertmanager: API v2, told again while it holds.",
  ),
  ...withDefaults({
    ...receiver,
    events: setting(
      z.array(z.enum(EVENT_TYPES)).max(EVENT_TYPES.length),
      "Types of events to tell; a recovery belongs to what it ends.",
      [],
      "all types",
    ),
    severity: setting(z.enum(SEVERITIES), "The least severity to tell.", "warning", "what somebody may have to act on"),
    services: setting(
      z.array(placedName()).max(1_000),
      "Services to tell of.",
      [],
      "all of them, and what is about none, such as the config",
    ),
    hold: setting(
      duration("0s", "24h"),
      "A condition has to hold for so long before anybody is told.",
      "10s",
      "long enough for a restart, short for a person",
    ),
    clear: setting(
      duration("0s", "24h"),
      "It has to be over for so long before that is told.",
      "30s",
      "an endpoint that comes back is probed first, and may fail again",
    ),
    flaps: setting(
      z.int().min(0).max(32),
      "What begins so often within `flapWindow` is told once, as flapping, until it was calm for a whole window; 0 is off.",
      4,
      "twice is a restart that failed once",
    ),
    flapWindow: setting(duration("10s", "24h"), "Time in which `flaps` are counted.", "10m", "as long as a deployment"),
    maxPerMinute: setting(
      z.int().min(1).max(600),
      "Notifications in a minute at most; what is over waits, and says how many there were.",
      20,
      "Slack takes one a second, people fewer",
    ),
  }),
});

export const notificationsSchema = z.array(target).max(32);

withFindings(notificationsSchema, function* (targets) {
  const names = new Map<string, number>();
  for (const [index, one] of (Array.isArray(targets) ? targets : []).entries()) {
    if (!isRecord(one)) continue;
    const before = typeof one.name === "string" ? names.get(one.name) : undefined;
    if (before !== undefined) yield { path: [index, "name"], message: `notifications[${before}] has this name` };
    else if (typeof one.name === "string") names.set(one.name, index);
    const isPagerduty = one.type === "pagerduty";
    if (isPagerduty && one.secret === undefined)
      yield { path: [index, "secret"], message: "pagerduty needs the routing key of an integration" };
    yield* whereTo(one, [index], isPagerduty);
    if (typeof one.flaps === "number" && one.flaps === 1)
      yield { path: [index, "flaps"], message: "1 would be every condition; 0 is off" };
  }
});

const hook = z.strictObject({
  name: required(name(), "Distinct within the service."),
  on: required(
    z.enum(["ejected", "unhealthy", "down"]),
    "ejected: the breaker of an endpoint opened. unhealthy: its checks fail. down: no endpoint of the service serves.",
  ),
  ...withDefaults({
    url: receiver.url,
    urlFrom: receiver.urlFrom,
    secret: derived(secretName(), "Name of the control Worker's secret: the key of the signature.", "unsigned"),
    afterFor: setting(
      duration("0s", "24h"),
      "It has to be so for so long.",
      "30s",
      "breakers half-open by themselves, and most outages are over then",
    ),
    cooldown: setting(
      duration("1s", "24h"),
      "Between two calls for the same endpoint. In one outage it is called once.",
      "10m",
      "as long as a machine may need to come up",
    ),
    maxPerHour: setting(
      z.int().min(1).max(1_000),
      "Calls of this hook in an hour at most, for all endpoints together.",
      4,
      "what does not help four times needs a person",
    ),
    dryRun: setting(z.boolean(), "Nothing is called; events say what would have been.", false, "naming it asks for it"),
  }),
});

/** Of a service. */
export const selfHealingSchema = z.array(hook).max(8);

withFindings(selfHealingSchema, function* (hooks) {
  const names = new Set<unknown>();
  for (const [index, one] of (Array.isArray(hooks) ? hooks : []).entries()) {
    if (!isRecord(one)) continue;
    if (names.has(one.name)) yield { path: [index, "name"], message: "another hook of the service has this name" };
    names.add(one.name);
    yield* whereTo(one, [index], false);
  }
});

function* whereTo(one: Readonly<Record<string, unknown>>, path: readonly (string | number)[], hasDefault: boolean) {
  if (one.url !== undefined && one.urlFrom !== undefined)
    yield { path: [...path, "urlFrom"], message: "`url` says where already" };
  if (one.url === undefined && one.urlFrom === undefined && !hasDefault)
    yield { path: [...path, "url"], message: "`url` or `urlFrom` has to say where" };
}

export type NotificationConfig = z.output<typeof notificationsSchema>[number];
export type HealingHookConfig = z.output<typeof selfHealingSchema>[number];

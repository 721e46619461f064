import { hostname } from "node:os";
import { wholeNumber } from "../arguments.ts";
import type { CommandArguments, RunCommand } from "../command.ts";
import type { Control } from "../control/client.ts";
import { connect } from "../control/connect.ts";
import { print } from "../control/print.ts";
import {
  deregister,
  heartbeat,
  register as put,
  type Registered,
  type Registration,
  registrationPath,
} from "../control/registrations.ts";
import { CommandFailure, type ExitCode } from "../failure.ts";
import { untilEnd } from "../lifetime.ts";
import { pauseOr } from "../pause.ts";
import { plain } from "../plain.ts";
import type { Terminal } from "../terminal.ts";
import { briefly, durationOption } from "../when.ts";

const MIN_HEARTBEAT_MS = 1_000;
const LONGEST_NAME = 63;

/** `heddle register SERVICE URL`: an instance in the mesh for as long as this runs. */
export const register: RunCommand = async (args, terminal) => {
  const [service, url] = args.positionals as readonly [string, string];
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw misuse(`"${url}" is not an absolute http or https URL`);
  const instance = args.option("instance") ?? instanceName(url);
  const registration = registrationOf(url, args);
  const control = connect(args, terminal);
  const path = registrationPath(service, instance);
  if (args.has("remove")) {
    await deregister(control, path, null);
    print(
      { ok: true, service, instance, state: "removed" },
      () => [line("removed", service, instance, terminal)],
      args,
      terminal,
    );
    return 0;
  }
  const registered = await put(control, path, registration);
  const { lease: _, ...shown } = registered;
  const state = `${plain(registered.state)}, TTL ${briefly(registered.ttlMs)}`;
  print(
    { ok: true, service, ...(args.has("once") ? registered : shown) },
    () => [`${line("registered", service, instance, terminal)}, ${state}`],
    args,
    terminal,
  );
  return args.has("once") ? 0 : keep(control, path, registration, registered, terminal);
};

/** Heartbeats until told to end, then leaves. A control plane that is away is waited for: traffic goes on meanwhile. */
async function keep(
  control: Control,
  path: string,
  registration: Registration,
  first: Registered,
  terminal: Terminal,
): Promise<ExitCode> {
  let isOver = false;
  const end = untilEnd().then(() => {
    isOver = true;
  });
  let registered = first;
  let isAway = false;
  while (!isOver) {
    await pauseOr(Math.max(MIN_HEARTBEAT_MS, registered.heartbeatMs), end);
    if (isOver) break;
    try {
      const said = { ready: registration.ready ?? true, lease: registered.lease };
      if (!(await heartbeat(control, path, said))) registered = await put(control, path, registration);
      if (isAway) terminal.err(terminal.paint.dim("the control plane is back"));
      isAway = false;
    } catch (error) {
      if (!(error instanceof CommandFailure) || error.exitCode !== 3) throw error;
      if (!isAway) terminal.err(terminal.paint.yellow(`${error.message}; trying on`));
      isAway = true;
    }
  }
  await deregister(control, path, registered.lease);
  terminal.err(terminal.paint.dim("deregistered"));
  return 0;
}

function registrationOf(url: string, args: CommandArguments): Registration {
  const [cloud, region, zone] = (args.option("locality") ?? "").split("/");
  const weight = args.option("weight");
  const ttl = args.option("ttl");
  const labels = args.options("label").map((text) => {
    const at = text.indexOf("=");
    if (at <= 0) throw misuse(`--label is NAME=VALUE, not "${text}"`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return {
    url,
    ...(cloud && { locality: { cloud, ...(region && { region }), ...(zone && { zone }) } }),
    ...(weight !== null && { weight: wholeNumber("weight", weight, 1, 1_000_000) }),
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
    ...(ttl !== null && { ttlMs: durationOption("ttl", ttl, 1_000, 24 * 3_600_000) }),
    ...(args.has("not-ready") && { ready: false }),
  };
}

/** This machine and the port: the same after a restart, another for another instance beside it. */
function instanceName(url: string): string {
  const { port, protocol } = new URL(url);
  const name = `${hostname()}-${port === "" ? (protocol === "https:" ? "443" : "80") : port}`;
  return name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, "-")
    .slice(-LONGEST_NAME)
    .replace(/^[^a-z0-9]+/, "");
}

function line(word: string, service: string, instance: string, { paint }: Terminal): string {
  return `${paint.green(word)} ${paint.bold(plain(service))}/${plain(instance)}`;
}

function misuse(message: string): CommandFailure {
  return new CommandFailure("usage", message, "heddle register --help shows how it is used", 2);
}

import { basename } from "node:path";
import type { CommandArguments } from "../command.ts";
import { CommandFailure } from "../failure.ts";
import {
  checkDistinct,
  nameFrom,
  type Project,
  type ProjectEndpoint,
  readEndpoint,
  readHealthPath,
  readHost,
  readName,
  withLocalities,
} from "./project.ts";

/** How questions are asked: null when there is no answer to come. */
export type Ask = (question: string) => Promise<string | null>;

export interface Asking {
  readonly ask: Ask;
  /** Says what was wrong with an answer before it is asked again. */
  readonly complain: (text: string) => void;
}

/**
 * The project that the options describe; what they leave open is asked, or, with nobody to ask, has its default.
 *
 * - `asking`: null when nobody is there, or with --yes.
 *
 * Throws CommandFailure for options that do not fit, for endpoints that nobody names, and when the answers end.
 */
export async function describeProject(args: CommandArguments, folder: string, asking: Asking | null): Promise<Project> {
  const given = {
    name: args.option("name"),
    endpoints: args.options("endpoint").map(readEndpoint),
    hosts: args.options("route").map(readHost),
    healthPath: args.option("health-path"),
  };
  const name = readName(given.name ?? (await one(asking, "Name of the mesh", nameFrom(basename(folder)), readName)));
  const endpoints = given.endpoints.length > 0 ? given.endpoints : await askEndpoints(asking);
  checkDistinct(endpoints);
  const hosts =
    given.hosts.length > 0 || asking === null
      ? given.hosts
      : (await one(asking, "Hosts it answers at, with commas (none: its workers.dev address)", "", readHosts))
          .split(/[\s,]+/)
          .filter((host) => host !== "")
          .map(readHost);
  const healthPath = readHealthPath(
    given.healthPath ??
      (await one(asking, "Path that answers 2xx while an origin is well (none: no checks)", "", readHealthPath)),
  );
  return { name, endpoints: withLocalities(endpoints, args.options("cloud")), hosts, healthPath };
}

async function askEndpoints(asking: Asking | null): Promise<ProjectEndpoint[]> {
  if (asking === null) {
    const fix =
      "name the origins, e.g. --endpoint aws=https://shop.aws.example.com --endpoint gcp=https://shop.gcp.example.com";
    throw new CommandFailure("usage", "there are no endpoints", fix, 2);
  }
  const endpoints: ProjectEndpoint[] = [];
  for (;;) {
    const more = endpoints.length === 0 ? "An origin, as ID=URL" : "Another one (none: that is all)";
    const answer = await one(asking, more, "", (text) => {
      if (text === "" && endpoints.length === 0) throw new CommandFailure("usage", "one is needed");
      if (text !== "") checkDistinct([...endpoints, readEndpoint(text)]);
    });
    if (answer === "") return endpoints;
    endpoints.push(readEndpoint(answer));
  }
}

/** An answer that `check` does not object to; the default when nobody can be asked. */
async function one(
  asking: Asking | null,
  question: string,
  byDefault: string,
  check: (text: string) => unknown,
): Promise<string> {
  if (asking === null) return byDefault;
  for (;;) {
    const answer = await asking.ask(`${question}${byDefault === "" ? "" : ` [${byDefault}]`}: `);
    if (answer === null) throw new CommandFailure("cancelled", "cancelled; nothing was written");
    const text = answer === "" ? byDefault : answer;
    try {
      check(text);
      return text;
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      asking.complain([error.message, error.fix].filter((part) => part !== "").join("; "));
    }
  }
}

function readHosts(text: string): void {
  for (const host of text.split(/[\s,]+/)) if (host !== "") readHost(host);
}

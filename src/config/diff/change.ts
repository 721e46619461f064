import { type Change, MAX_NAMED } from "./mesh-diff.ts";

type Said = Pick<Change, "kind" | "what" | "name" | "path"> &
  Partial<Pick<Change, "summary" | "fields">> & {
    readonly all?: boolean;
    readonly services?: readonly string[];
    readonly routes?: readonly string[];
  };

/** A change with everything that was not said about it. Names of what it touches are distinct. */
export function changeOf({
  summary = "",
  fields = [],
  all = false,
  services = [],
  routes = [],
  ...change
}: Said): Change {
  return {
    ...change,
    summary,
    fields,
    touches: {
      all,
      services: services.slice(0, MAX_NAMED),
      serviceCount: services.length,
      routes: routes.slice(0, MAX_NAMED),
      routeCount: routes.length,
    },
  };
}

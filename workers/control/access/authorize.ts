/** May this caller do this? */
import type { MiddlewareHandler } from "hono";
import type { Scope } from "../../../durable-objects/access-control/token.ts";
import type { ApiContext, ControlContext } from "../context.ts";
import { problem } from "../http/problem.ts";
import { hasScope, mayTouch } from "./caller.ts";

/** What a route asks of its callers. */
export interface Needs {
  /** One of these; none: any caller will do. */
  readonly scopes: readonly Scope[] | ((context: ApiContext) => readonly Scope[]);
  /**
   * What callers see who are limited to some services. `named`: the one in the path, if it is theirs. `filtered`: the route
   * shows them theirs. `all`: nothing, for it is about all services. `none`: it is about no service.
   */
  readonly services: "named" | "filtered" | "all" | "none";
}

/** Lets those through who may, and answers 403 to the others. */
export function authorize({ scopes, services }: Needs): MiddlewareHandler<ControlContext> {
  return async (context, next) => {
    const caller = context.get("caller");
    const wanted = typeof scopes === "function" ? scopes(context) : scopes;
    if (wanted.length > 0 && !hasScope(caller, wanted)) {
      return problem(context, "forbidden", `it needs the scope ${wanted.join(" or ")}`);
    }
    if (services === "all" && caller.services !== null) {
      return problem(context, "forbidden", "it is about all services, and the token is limited to some");
    }
    if (services === "named" && !mayTouch(caller, context.req.param("service") ?? "")) {
      return problem(context, "forbidden", "the token is limited to other services");
    }
    return next();
  };
}

import type { RequestHead } from "../core/request-head.ts";
import type { Address } from "./address.ts";

/** What routing and authorization look at of a request. */
export function headOf(request: Request, address: Address): RequestHead {
  return {
    method: request.method,
    scheme: address.scheme,
    host: address.host,
    port: address.port > 0 ? address.port : address.scheme === "https" ? 443 : 80,
    path: address.path,
    query: address.query,
    header: (name) => request.headers.get(name),
  };
}

import { optionsOf } from "../core/connection-options.ts";

/**
 * Removes the headers that `Connection` names: they are for one hop only. The platform removes Connection itself and
 * the ones that always belong to one hop.
 *
 * Never throws. Source: RFC 9110 §7.6.1.
 */
export function stripConnectionOptions(headers: Headers, connection: string): void {
  for (const name of optionsOf(connection)) headers.delete(name);
}

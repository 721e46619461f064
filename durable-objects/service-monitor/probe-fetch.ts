/** The network of probes as the platform has it. */
import { fetchVia, missingBinding } from "../../src/security/origin/certificate-binding.ts";
import type { ProbeNetwork } from "./prober.ts";

/**
 * Fetches by the platform, or through the binding that shows the endpoint's client certificate; rejects when there is none of
 * that name, so that the probe fails and says why.
 *
 * - `env`: of the Worker.
 */
export function probeFetch(env: object): ProbeNetwork["fetch"] {
  return (url, init, certificate) => {
    if (certificate === null) return fetch(url, init);
    const via = fetchVia(env, certificate);
    return via === null ? Promise.reject(new Error(missingBinding(certificate))) : via(url, init);
  };
}

import { CommandFailure } from "../failure.ts";

/** Ports that a local mesh has when nobody says otherwise. */
export const USUAL_PORT = 8787;
export const USUAL_CONTROL_PORT = 8788;

export interface Ports {
  readonly port: number;
  readonly controlPort: number;
}

/**
 * Starts something on the ports that were asked for. One that was not (null) is the usual one, or a free one where that is
 * taken.
 *
 * - `start`: throws a CommandFailure named port_in_use or control_port_in_use for a port that is taken; called three times at most.
 */
export async function onUsualPorts<T>(
  asked: { readonly port: number | null; readonly controlPort: number | null },
  start: (ports: Ports) => Promise<T>,
): Promise<T> {
  let port = asked.port ?? USUAL_PORT;
  let controlPort = asked.controlPort ?? USUAL_CONTROL_PORT;
  for (;;) {
    try {
      return await start({ port, controlPort });
    } catch (error) {
      const taken = error instanceof CommandFailure ? error.code : "";
      if (taken === "port_in_use" && asked.port === null && port !== 0) port = 0;
      else if (taken === "control_port_in_use" && asked.controlPort === null && controlPort !== 0) controlPort = 0;
      else throw error;
    }
  }
}

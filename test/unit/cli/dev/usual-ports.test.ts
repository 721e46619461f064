import { describe, expect, it } from "vitest";
import { onUsualPorts, type Ports } from "../../../../src/cli/dev/usual-ports.ts";
import { CommandFailure } from "../../../../src/cli/failure.ts";

/** Starts on any ports but these. */
const unless = (taken: readonly number[]) => async (ports: Ports) => {
  if (taken.includes(ports.port)) throw new CommandFailure("port_in_use", `${ports.port}`);
  if (taken.includes(ports.controlPort)) throw new CommandFailure("control_port_in_use", `${ports.controlPort}`);
  return ports;
};
const nothing = { port: null, controlPort: null };

describe("onUsualPorts", () => {
  it.each([
    ["the usual ones when they are free", nothing, [], { port: 8787, controlPort: 8788 }],
    ["a free one for one that is taken", nothing, [8788], { port: 8787, controlPort: 0 }],
    ["free ones for both", nothing, [8787, 8788], { port: 0, controlPort: 0 }],
    ["those that were asked for", { port: 1, controlPort: 2 }, [8787, 8788], { port: 1, controlPort: 2 }],
  ] as const)("takes %s", async (_, asked, taken, ports) => {
    expect(await onUsualPorts(asked, unless(taken))).toEqual(ports);
  });

  it("fails when a port that was asked for is taken, and for everything else", async () => {
    await expect(onUsualPorts({ port: 1, controlPort: null }, unless([1, 8788]))).rejects.toThrow("1");
    await expect(onUsualPorts({ port: null, controlPort: 2 }, unless([2]))).rejects.toThrow("2");
    await expect(onUsualPorts(nothing, () => Promise.reject(new CommandFailure("not_ready", "no")))).rejects.toThrow(
      "no",
    );
  });
});

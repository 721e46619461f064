import { stat } from "node:fs/promises";

/** A set of files, looked at until they change. */
export interface FileWatch {
  /** Watches these from now on; their current state is the one to change from. */
  watch(paths: readonly string[]): Promise<void>;
  stop(): void;
}

/** How often files are looked at. A stat costs microseconds. */
const POLL_MS = 150;

/**
 * Calls `onChange` after a file changed, appeared or went away, and then stayed as it is for one look: editors write in
 * several steps. Looking is preferred to being told (fs.watch), which misses changes on network and container mounts and
 * loses a file that an editor replaces. `onChange` is not called again before it has finished.
 *
 * - `pause`: the time between two looks.
 */
export function watchFiles(onChange: () => Promise<void>, pause: () => Promise<void> = pollPause): FileWatch {
  let paths: readonly string[] = [];
  let settled = "";
  let last = "";
  let isStopped = false;
  const look = async () => {
    const now = await stateOf(paths);
    const isSteady = now === last;
    last = now;
    if (!isSteady || now === settled || isStopped) return;
    settled = now;
    await onChange();
  };
  const loop = async () => {
    for (await pause(); !isStopped; await pause()) await look();
  };
  void loop();
  return {
    async watch(next) {
      if (next.join("\n") === paths.join("\n")) return;
      paths = next;
      settled = await stateOf(paths);
      last = settled;
    },
    stop() {
      isStopped = true;
    },
  };
}

function pollPause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS).unref());
}

async function stateOf(paths: readonly string[]): Promise<string> {
  const states = await Promise.all(
    paths.map((path) =>
      stat(path, { bigint: true }).then(
        ({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`,
        () => "gone",
      ),
    ),
  );
  return states.join("\n");
}

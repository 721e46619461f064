/** Everything the demo runs, in one place: origins, their switchboard, the edge, and traffic. */
import type { Fault } from "../../config/fault.ts";
import type { Region } from "../../core/region.ts";
import { type Session, type SessionEvent, type SessionOptions, startSession } from "../dev/session.ts";
import { type LoadRun, startLoad } from "../load/run-load.ts";
import type { Origin } from "../origin/start-origin.ts";
import type { LogSink } from "../workerd/runtime.ts";
import { type ControlServer, startControlServer } from "./control-server.ts";
import { startDemoOrigins, writeDemoConfig } from "./origins.ts";
import { removeDemoState, writeDemoState } from "./state-file.ts";
import { createTrafficWindow, type TrafficWindow } from "./traffic-window.ts";

export interface DemoOptions {
  /** Null: the usual port, or a free one when that is taken. */
  readonly port: number | null;
  /** 0 sends nothing. */
  readonly rps: number;
  /** As in a session. */
  readonly control: SessionOptions["control"];
  readonly region: Region | null;
  readonly onLog: LogSink;
  readonly onEvent: (event: SessionEvent) => void;
  readonly onFault: () => void;
}

export interface DemoSession {
  readonly origins: readonly Origin[];
  readonly session: Session;
  readonly config: string;
  /** Where its origins are told to fail. */
  readonly switchboard: ControlServer;
  readonly traffic: TrafficWindow;
  readonly load: LoadRun | null;
  /** Milliseconds since the traffic started: the clock of the traffic window. */
  nowMs(): number;
  stop(): Promise<void>;
}

/** How far back the table looks: short enough to see traffic move, long enough to be calm. */
const WINDOW_MS = 1_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Different paths, as real traffic has. */
const PATHS = 50;

/** Starts the demo. Throws CommandFailure when a part does not start; nothing is left running then. */
export async function startDemo(options: DemoOptions): Promise<DemoSession> {
  const origins = await startDemoOrigins();
  const config = writeDemoConfig(origins);
  const switchboard = await startControlServer(origins, options.onFault);
  const stopOrigins = async () => {
    switchboard.close();
    await Promise.all(origins.map((origin) => origin.close()));
  };
  let session: Session;
  try {
    session = await startMesh(config, switchboard.url, options);
  } catch (error) {
    await stopOrigins();
    throw error;
  }
  const { url } = session.edge;
  writeDemoState({ pid: process.pid, switchboard: switchboard.url, edge: url, config });
  const traffic = createTrafficWindow(WINDOW_MS);
  const startedAt = performance.now();
  const load =
    options.rps === 0
      ? null
      : startLoad({
          url: (index) => `${url}/products/${index % PATHS}`,
          rps: options.rps,
          seconds: Number.POSITIVE_INFINITY,
          timeoutMs: REQUEST_TIMEOUT_MS,
          onResult: traffic.onResult,
        });
  return {
    origins,
    session,
    config,
    switchboard,
    traffic,
    load,
    nowMs: () => performance.now() - startedAt,
    async stop() {
      await load?.cancel();
      await session.stop();
      await stopOrigins();
      removeDemoState(process.pid);
    },
  };
}

async function startMesh(config: string, switchboard: string, options: DemoOptions): Promise<Session> {
  const { port, control, region, onLog, onEvent } = options;
  const started = await startSession({
    config,
    port,
    control,
    switchboard,
    onLog,
    onEvent,
    ...(region !== null && { region }),
  });
  if (!started.ok) throw demoConfigFailure(config, started.faults);
  return started.session;
}

function demoConfigFailure(config: string, faults: readonly Fault[]): Error {
  return new Error(`the demo's own config ${config} has faults: ${JSON.stringify(faults)}`);
}

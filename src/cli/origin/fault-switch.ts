import type { Fault } from "./fault.ts";

/** Holds the fault that was asked for and puts it in force, on and off by turns when it flaps. */
export interface FaultSwitch {
  asked(): Fault;
  /** Resolves when the fault is in force; rejects when it cannot be. */
  set(fault: Fault): Promise<void>;
  /** No more changes; resolves when the last one is done. */
  end(): Promise<void>;
}

/** - `enforce`: puts a fault without `flapMs` in force. Never called again before it has finished. */
export function createFaultSwitch(enforce: (fault: Fault) => Promise<void>): FaultSwitch {
  let asked: Fault = {};
  let timer: NodeJS.Timeout | undefined;
  let isEnded = false;
  // One after the other: a socket must not be opened while it is still closing.
  let last: Promise<void> = Promise.resolve();
  const change = (fault: Fault) => {
    const next = last.then(() => (isEnded ? undefined : enforce(fault)));
    last = next.catch(() => {});
    return next;
  };
  return {
    asked: () => asked,
    set(fault) {
      clearInterval(timer);
      asked = fault;
      const { flapMs, ...others } = fault;
      if (flapMs === undefined) return change(fault);
      const faulty: Fault = Object.keys(others).length === 0 ? { refuse: true } : others;
      let isOn = true;
      timer = setInterval(() => {
        isOn = !isOn;
        change(isOn ? faulty : {}).catch(() => {});
      }, flapMs);
      timer.unref();
      return change(faulty);
    },
    async end() {
      clearInterval(timer);
      isEnded = true;
      await last;
    },
  };
}

/** What a page asks for itself: asked when it opens, again every so often, and after something was changed. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { signOut } from "../access/session.ts";
import { type Answer, call, type Problem } from "../api/client.ts";

export interface Asked<T> {
  /** The last good answer; null: none came yet. */
  readonly value: T | null;
  /** Of the last question; null: it was answered. */
  readonly problem: Problem | null;
  readonly again: () => void;
}

/**
 * - `path`: null asks nothing.
 * - `everyMs`: 0 asks once.
 */
export function useAnswer<T>(
  path: string | null,
  everyMs = 0,
  ask: (path: string) => Promise<Answer<T>> = call<T>,
  onValue?: (value: T) => void,
): Asked<T> {
  const [state, setState] = useState<{ value: T | null; problem: Problem | null }>({ value: null, problem: null });
  const handler = useRef(onValue);
  handler.current = onValue;
  const run = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const again = useCallback(() => {
    clearTimeout(timer.current);
    const mine = ++run.current;
    if (path === null) return;
    const go = async () => {
      if (document.visibilityState === "visible") {
        const answer = await ask(path);
        if (mine !== run.current) return;
        if (answer.ok) handler.current?.(answer.value);
        else if (answer.problem.status === 401) signOut(answer.problem);
        setState(({ value }) =>
          answer.ok ? { value: answer.value, problem: null } : { value, problem: answer.problem },
        );
      }
      if (everyMs > 0 && mine === run.current) timer.current = setTimeout(() => void go(), everyMs);
    };
    void go();
  }, [path, everyMs, ask]);
  useEffect(() => {
    setState({ value: null, problem: null });
    again();
    return () => {
      run.current++;
      clearTimeout(timer.current);
    };
  }, [again]);
  return { ...state, again };
}

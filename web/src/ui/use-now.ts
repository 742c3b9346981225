import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** The monotonic time, ms; while `runs`, what uses it is drawn again and again. */
export function useNow(runs: boolean, everyMs: number): number {
  const drawn = useSignal(0);
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => (drawn.value += 1), everyMs);
    return () => clearInterval(timer);
  }, [runs]);
  // Read, so that a change of it draws again.
  void drawn.value;
  return performance.now();
}

import { useEffect } from 'preact/hooks';
import { text } from '../messages/index.js';
import type { DeviceProblem } from './devices.js';

interface DeviceProblemProps {
  device: 'camera' | 'microphone' | 'both';
  problem: DeviceProblem;
  onRetry: () => void;
}

/** Why a device is not there, and the way on. Who allows it in the browser's settings need not come back and ask. */
export function DeviceProblemNote({ device, problem, onRetry }: DeviceProblemProps) {
  useEffect(() => {
    if (problem !== 'denied') return;
    let over = false;
    let status: PermissionStatus | null = null;
    const asked = device === 'both' ? 'camera' : device;
    const changed = () => {
      if (status?.state === 'granted') onRetry();
    };
    // Not every browser answers about devices.
    void navigator.permissions?.query({ name: asked as PermissionName }).then(
      (found) => {
        if (over) return;
        status = found;
        found.addEventListener('change', changed);
      },
      () => undefined,
    );
    return () => {
      over = true;
      status?.removeEventListener('change', changed);
    };
  }, [problem]);
  return (
    <div class="device-problem" role="alert">
      <p class="hint">
        {text.device[device][problem]} {device === 'both' ? text.join.withoutBoth : text.join.without}
      </p>
      {problem !== 'unsupported' && (
        <button class="button" type="button" onClick={onRetry}>
          {text.common.tryAgain}
        </button>
      )}
    </div>
  );
}

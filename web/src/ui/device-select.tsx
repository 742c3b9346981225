import { text } from '../messages/index.js';

interface DeviceSelectProps {
  label: string;
  devices: MediaDeviceInfo[];
  chosen: string | null;
  /** Said where there is none. Left out: one alone, of which there is nothing to choose, is not shown either. */
  none?: string;
  onChoose: (deviceId: string) => Promise<void>;
}

export function DeviceSelect({ label, devices, chosen, none, onChoose }: DeviceSelectProps) {
  if (devices.length === 0 && none) return <p class="hint">{none}</p>;
  if (devices.length < (none === undefined ? 2 : 1)) return null;
  return (
    <select
      class="input"
      aria-label={label}
      value={chosen ?? ''}
      onChange={(event) => void onChoose(event.currentTarget.value)}
    >
      {devices.map((device, index) => (
        <option key={device.deviceId} value={device.deviceId}>
          {device.label || text.join.unnamedDevice(index + 1)}
        </option>
      ))}
    </select>
  );
}

import { text } from '../messages/index.js';

interface DeviceSelectProps {
  label: string;
  devices: MediaDeviceInfo[];
  chosen: string | null;
  onChoose: (deviceId: string) => Promise<void>;
}

/** Nothing where there is nothing to choose. */
export function DeviceSelect({ label, devices, chosen, onChoose }: DeviceSelectProps) {
  if (devices.length < 2) return null;
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

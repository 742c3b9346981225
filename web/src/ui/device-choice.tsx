import { text } from '../messages/index.js';
import { DeviceProblemNote } from './device-problem.js';
import { DeviceSelect } from './device-select.js';
import { LevelMeter } from './level-meter.js';
import type { LocalDevice, LocalMedia } from './local-media.js';

/** Camera and microphone: on or off, which of them, and whether something is heard. */
export function DeviceChoice({ media }: { media: LocalMedia }) {
  const camera = media.camera.value;
  const microphone = media.microphone.value;
  const { cameras, microphones } = media.devices.value;
  // The same trouble with both is told once, and asked about once.
  const both = camera.problem !== null && camera.problem === microphone.problem ? camera.problem : null;
  return (
    <>
      <div class="device">
        <Switch label={text.join.camera} device={camera} onChange={(on) => media.setCamera(on)} />
        {camera.problem && !both && <DeviceProblemNote device="camera" problem={camera.problem} onRetry={() => void media.setCamera(true)} />}
        <DeviceSelect label={text.join.cameraDevice} devices={cameras} chosen={camera.deviceId} onChoose={(deviceId) => media.chooseCamera(deviceId)} />
      </div>
      <div class="device">
        <Switch label={text.join.microphone} device={microphone} onChange={(on) => media.setMicrophone(on)} />
        {microphone.problem && !both && <DeviceProblemNote device="microphone" problem={microphone.problem} onRetry={() => void media.setMicrophone(true)} />}
        <DeviceSelect label={text.join.microphoneDevice} devices={microphones} chosen={microphone.deviceId} onChoose={(deviceId) => media.chooseMicrophone(deviceId)} />
        {microphone.track && <LevelMeter track={microphone.track} />}
      </div>
      {both && <DeviceProblemNote device="both" problem={both} onRetry={() => void media.openBoth()} />}
    </>
  );
}

function Switch(props: { label: string; device: LocalDevice; onChange: (on: boolean) => Promise<void> }) {
  return (
    <label class="switch">
      <input type="checkbox" checked={props.device.on} onChange={(event) => void props.onChange(event.currentTarget.checked)} />
      <span>{props.label}</span>
    </label>
  );
}

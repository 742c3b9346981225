import { text } from '../messages/index.js';
import { DeviceSelect } from './device-select.js';
import { LevelMeter } from './level-meter.js';
import type { LocalDevice, LocalMedia } from './local-media.js';

/** Camera and microphone: on or off, which of them, and whether something is heard. */
export function DeviceChoice({ media }: { media: LocalMedia }) {
  const camera = media.camera.value;
  const microphone = media.microphone.value;
  const { cameras, microphones } = media.devices.value;
  return (
    <>
      <div class="device">
        <Switch label={text.join.camera} device={camera} onChange={(on) => media.setCamera(on)} />
        {camera.problem && <DeviceProblemText words={text.device.camera[camera.problem]} />}
        <DeviceSelect label={text.join.cameraDevice} devices={cameras} chosen={camera.deviceId} onChoose={(deviceId) => media.setCamera(true, deviceId)} />
      </div>
      <div class="device">
        <Switch label={text.join.microphone} device={microphone} onChange={(on) => media.setMicrophone(on)} />
        {microphone.problem && <DeviceProblemText words={text.device.microphone[microphone.problem]} />}
        <DeviceSelect label={text.join.microphoneDevice} devices={microphones} chosen={microphone.deviceId} onChoose={(deviceId) => media.setMicrophone(true, deviceId)} />
        {microphone.track && <LevelMeter track={microphone.track} />}
      </div>
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

function DeviceProblemText({ words }: { words: string }) {
  return (
    <p class="hint" role="alert">
      {words} {text.join.without}
    </p>
  );
}

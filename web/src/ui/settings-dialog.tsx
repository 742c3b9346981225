import { useEffect, useId, useRef } from 'preact/hooks';
import { ownMember } from '../client/index.js';
import { text } from '../messages/index.js';
import { DeviceProblemNote } from './device-problem.js';
import { DeviceSelect } from './device-select.js';
import { LanguageSelect } from './language-select.js';
import { LevelMeter } from './level-meter.js';
import type { LocalMedia } from './local-media.js';
import type { RoomSession } from './room-session.js';
import { SpeakerChoice } from './speaker-choice.js';
import { Video } from './video.js';

/** Camera, microphone, speaker and language while the meeting goes on. What is chosen is used at once, and the next time. */
export function SettingsDialog({ session, onClose }: { session: RoomSession; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { media } = session;
  useEffect(() => {
    void media.refreshDevices();
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="modal settings" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{text.settings.heading}</h2>
      {ownMember(session.state.value)?.onStage && <OwnDevices media={media} />}
      <SpeakerChoice speakers={media.devices.value.speakers} onPicked={() => void media.refreshDevices()} />
      <div class="device">
        <span class="field-name" aria-hidden="true">
          {text.common.language}
        </span>
        <LanguageSelect />
      </div>
      <div class="modal-actions">
        <button class="button button-primary" type="button" autofocus onClick={() => dialog.current?.close()}>
          {text.common.close}
        </button>
      </div>
    </dialog>
  );
}

/** On or off is the toolbar's; here it is which of them. */
function OwnDevices({ media }: { media: LocalMedia }) {
  const camera = media.camera.value;
  const microphone = media.microphone.value;
  const { cameras, microphones } = media.devices.value;
  return (
    <>
      {camera.track && (
        <div class="preview stage-preview">
          <Video track={camera.track} label={text.join.preview} mirrored />
        </div>
      )}
      <div class="device">
        <span class="field-name">{text.join.camera}</span>
        <DeviceSelect label={text.join.cameraDevice} devices={cameras} chosen={camera.deviceId} none={camera.track ? '' : text.settings.none} onChoose={(deviceId) => media.changeCamera(deviceId)} />
        {!camera.on && <p class="hint">{text.settings.cameraOff}</p>}
        {camera.problem && <DeviceProblemNote device="camera" problem={camera.problem} onRetry={() => void media.setCamera(true)} />}
      </div>
      <div class="device">
        <span class="field-name">{text.join.microphone}</span>
        <DeviceSelect label={text.join.microphoneDevice} devices={microphones} chosen={microphone.deviceId} none={microphone.track ? '' : text.settings.none} onChoose={(deviceId) => media.changeMicrophone(deviceId)} />
        {microphone.on && microphone.track && <LevelMeter track={microphone.track} />}
        {!microphone.on && <p class="hint">{text.settings.microphoneOff}</p>}
        {microphone.problem && <DeviceProblemNote device="microphone" problem={microphone.problem} onRetry={() => void media.setMicrophone(true)} />}
      </div>
    </>
  );
}

import { useSignal } from '@preact/signals';
import { text } from '../messages/index.js';
import { Icon } from './icons.js';
import { canChooseSpeaker, chooseSpeaker, hasSpeakerPicker, pickSpeaker, playTestSound, speaker } from './speaker.js';

/** Which speaker the sound comes from, where the browser lets people choose, and a sound to try it. */
export function SpeakerChoice({ speakers, onPicked }: { speakers: MediaDeviceInfo[]; onPicked: () => void }) {
  const playing = useSignal(false);
  const gone = useSignal(false);
  const listed = speakers.some(({ deviceId }) => deviceId === speaker.value);

  const choose = (deviceId: string) => {
    gone.value = false;
    chooseSpeaker(deviceId);
  };
  const pick = async () => {
    gone.value = false;
    await pickSpeaker();
    onPicked();
  };
  const test = async () => {
    if (playing.value) return;
    playing.value = true;
    gone.value = !(await playTestSound().catch(() => false));
    playing.value = false;
  };

  return (
    <div class="device">
      <span class="field-name">{text.join.speaker}</span>
      <div class="speaker-actions">
        {canChooseSpeaker() && speakers.length > 0 && (
          <select
            class="input"
            aria-label={text.join.speaker}
            value={listed ? speaker.value : ''}
            onChange={(event) => choose(event.currentTarget.value)}
          >
            <option value="">{text.join.defaultSpeaker}</option>
            {speakers.map((device, index) => (
              <option key={device.deviceId} value={device.deviceId}>
                {device.label || text.join.unnamedDevice(index + 1)}
              </option>
            ))}
          </select>
        )}
        {hasSpeakerPicker() && (
          <button class="button" type="button" onClick={() => void pick()}>
            {text.join.otherSpeaker}
          </button>
        )}
        <button class="button" type="button" aria-busy={playing.value} onClick={() => void test()}>
          <Icon name="speaker" />
          {text.join.testSound}
        </button>
      </div>
      <p class="hint" role="alert">
        {gone.value && text.join.speakerGone}
      </p>
    </div>
  );
}

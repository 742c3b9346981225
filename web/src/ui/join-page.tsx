import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { AppError } from '../../../src/core/errors.js';
import { text } from '../messages/index.js';
import { api } from './api.js';
import { canMeet } from './browser-platform.js';
import { DeviceProblemNote } from './device-problem.js';
import { DeviceSelect } from './device-select.js';
import { Icon } from './icons.js';
import { LanguageSelect } from './language-select.js';
import { LevelMeter } from './level-meter.js';
import { LocalMedia, type LocalDevice } from './local-media.js';
import { Brand, Message } from './message.js';
import { recall, remember } from './memory.js';
import { Refusal } from './refusal.js';
import { SpeakerChoice } from './speaker-choice.js';
import { Spinner } from './spinner.js';
import { TextField } from './text-field.js';
import { Video } from './video.js';

/** Trouble with the cookie that need not keep anybody from the room: the socket says what is wrong. */
const PASSING = new Set(['server_unreachable', 'answer_unexpected']);

interface JoinPageProps {
  token: string;
  onJoin: (token: string, name: string, media: LocalMedia) => void;
}

export function JoinPage({ token, onJoin }: JoinPageProps) {
  const refusal = useSignal<AppError | null>(null);

  useEffect(() => {
    if (token === '') return;
    api.openSession(token).catch((error: unknown) => {
      if (error instanceof AppError && !PASSING.has(error.code)) refusal.value = error;
    });
  }, [token]);

  if (!canMeet()) return <Message heading={text.join.browserTooOld} hint={text.join.browserTooOldHint} />;
  if (token === '') return <Message heading={text.join.linkIncomplete} hint={text.join.linkIncompleteHint} />;
  if (refusal.value !== null) return <Refusal code={refusal.value.code} message={refusal.value.message} />;
  return <JoinForm token={token} onJoin={onJoin} />;
}

function JoinForm({ token, onJoin }: JoinPageProps) {
  const media = useMemo(() => new LocalMedia(), []);
  const handedOver = useRef(false);
  const name = useSignal(recall('name'));
  const problem = useSignal<(() => string) | null>(null);
  const field = useRef<HTMLInputElement>(null);

  useEffect(() => {
    void media.openBoth();
    return () => {
      if (!handedOver.current) media.close();
    };
  }, []);

  const join = (event: SubmitEvent) => {
    event.preventDefault();
    const wanted = name.value.trim().slice(0, 100);
    if (wanted === '') {
      problem.value = () => text.join.nameMissing;
      field.current?.focus();
      return;
    }
    remember('name', wanted);
    handedOver.current = true;
    onJoin(token, wanted, media);
  };

  const camera = media.camera.value;
  const microphone = media.microphone.value;
  // The same trouble with both is told once, and asked about once.
  const both = camera.problem !== null && camera.problem === microphone.problem ? camera.problem : null;
  return (
    <main class="join">
      <header class="page-head">
        <Brand />
        <LanguageSelect />
      </header>
      <form class="join-body" onSubmit={join} noValidate>
        <div class="preview">
          {camera.track ? (
            <Video track={camera.track} label={text.join.preview} mirrored />
          ) : (
            <p class="preview-off" role="status">
              {camera.opening ? <Spinner /> : <Icon name="camera" struck />}
              {camera.opening ? text.join.cameraStarting : text.join.cameraOff}
            </p>
          )}
        </div>
        <div class="card join-form">
          <h1>{text.join.heading}</h1>
          <TextField
            name={text.join.name}
            value={name}
            problem={problem.value}
            field={field}
            autocomplete="name"
            maxLength={100}
          />
          <div class="device">
            <Switch label={text.join.camera} device={camera} onChange={(on) => media.setCamera(on)} />
            {camera.problem && !both && <DeviceProblemNote device="camera" problem={camera.problem} onRetry={() => void media.setCamera(true)} />}
            <DeviceSelect
              label={text.join.cameraDevice}
              devices={media.devices.value.cameras}
              chosen={camera.deviceId}
              onChoose={(deviceId) => media.chooseCamera(deviceId)}
            />
          </div>
          <div class="device">
            <Switch label={text.join.microphone} device={microphone} onChange={(on) => media.setMicrophone(on)} />
            {microphone.problem && !both && <DeviceProblemNote device="microphone" problem={microphone.problem} onRetry={() => void media.setMicrophone(true)} />}
            <DeviceSelect
              label={text.join.microphoneDevice}
              devices={media.devices.value.microphones}
              chosen={microphone.deviceId}
              onChoose={(deviceId) => media.chooseMicrophone(deviceId)}
            />
            {microphone.track && <LevelMeter track={microphone.track} />}
          </div>
          {both && <DeviceProblemNote device="both" problem={both} onRetry={() => void media.openBoth()} />}
          <SpeakerChoice speakers={media.devices.value.speakers} onPicked={() => void media.refreshDevices()} />
          <button class="button button-primary" type="submit">
            {text.join.join}
          </button>
        </div>
      </form>
    </main>
  );
}

function Switch(props: { label: string; device: LocalDevice; onChange: (on: boolean) => Promise<void> }) {
  return (
    <label class="switch">
      <input
        type="checkbox"
        checked={props.device.on}
        onChange={(event) => void props.onChange(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

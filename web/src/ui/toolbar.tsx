import { ownMember, sharesScreen } from '../client/index.js';
import { text } from '../messages/index.js';
import { Icon, type IconName } from './icons.js';
import { MoreMenu } from './more-menu.js';
import type { Question } from './room-page.js';
import type { RoomSession } from './room-session.js';
import { Spinner } from './spinner.js';

interface ToolbarProps {
  session: RoomSession;
  onAsk: (question: Question) => void;
}

export function Toolbar({ session, onAsk }: ToolbarProps) {
  const { media } = session;
  const camera = media.camera.value;
  const microphone = media.microphone.value;
  const sharing = media.screen.value !== null;
  const own = ownMember(session.state.value);

  const setCamera = async (on: boolean) => {
    await media.setCamera(on);
    const { problem } = media.camera.value;
    if (problem) session.report(new Error(text.device.camera[problem]));
  };
  const setMuted = async (muted: boolean) => {
    await media.setMuted(muted);
    const { problem } = media.microphone.value;
    if (problem) session.report(new Error(text.device.microphone[problem]));
  };

  return (
    <div class="toolbar" role="toolbar" aria-label={text.room.controls}>
      <Toggle
        name={text.room.mute}
        icon="microphone"
        struck={!microphone.on}
        pressed={!microphone.on}
        alert={!microphone.on}
        onClick={() => void setMuted(microphone.on)}
      />
      <Toggle
        name={text.room.stopCamera}
        icon="camera"
        struck={!camera.on}
        pressed={!camera.on}
        alert={!camera.on}
        busy={camera.opening}
        onClick={() => void setCamera(!camera.on)}
      />
      {canShareScreen() && (
        <Toggle
          name={text.room.shareScreen}
          icon="screen"
          pressed={sharing}
          busy={sharing && own !== null && !sharesScreen(own)}
          onClick={() => (sharing ? media.stopScreen() : void media.shareScreen())}
        />
      )}
      <MoreMenu session={session} onAsk={onAsk} disabled={own === null} />
      <button class="tool tool-leave" onClick={() => session.leave()}>
        <Icon name="leave" />
        <span class="tool-name">{text.room.leave}</span>
      </button>
    </div>
  );
}

/** Phones cannot. */
function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

interface ToggleProps {
  name: string;
  icon: IconName;
  struck?: boolean;
  pressed: boolean;
  /** Shown as something to notice, e.g. that others cannot hear. */
  alert?: boolean;
  /** On its way to what `pressed` says. */
  busy?: boolean;
  onClick: () => void;
}

/** The name stays and the pressed state changes, as screen readers expect it of toggle buttons. */
function Toggle({ name, icon, struck = false, pressed, alert = false, busy = false, onClick }: ToggleProps) {
  return (
    <button class={alert ? 'tool tool-alert' : 'tool'} aria-pressed={pressed} aria-busy={busy} onClick={onClick}>
      {busy ? <Spinner /> : <Icon name={icon} struck={struck} />}
      <span class="tool-name">{name}</span>
    </button>
  );
}

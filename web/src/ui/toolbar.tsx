import { useId } from 'preact/hooks';
import { mayModerate, ownMember, sharesScreen } from '../client/index.js';
import { text } from '../messages/index.js';
import { unreadOf } from './chat.js';
import { Icon } from './icons.js';
import { MoreMenu } from './more-menu.js';
import type { Question } from './room-page.js';
import type { PanelTab } from './own-view.js';
import { wayOntoStage } from './people.js';
import type { RoomSession } from './room-session.js';
import { Toggle } from './toggle.js';

interface ToolbarProps {
  session: RoomSession;
  onAsk: (question: Question) => void;
}

export function Toolbar({ session, onAsk }: ToolbarProps) {
  const state = session.state.value;
  const own = ownMember(state);
  const inAudience = own !== null && !own.onStage;
  const hands = mayModerate(state) ? state.members.filter(({ memberId, handRaisedAt }) => handRaisedAt !== null && memberId !== state.memberId).length : 0;
  const unread = session.own.panel.value === 'chat' ? 0 : unreadOf(state.chat, session.own.read.value, state.memberId).length;

  return (
    <div class="toolbar" role="toolbar" aria-label={text.room.controls}>
      {inAudience ? <EnterStage session={session} onAsk={onAsk} /> : <OwnDevices session={session} />}
      <Hand session={session} />
      <PanelButton session={session} tab="people" count={hands} words={text.people.hands(hands)} />
      <PanelButton session={session} tab="chat" count={unread} words={text.chat.unread(unread)} />
      <MoreMenu session={session} onAsk={onAsk} disabled={own === null} />
      <button class="tool tool-leave" onClick={() => session.leave()}>
        <Icon name="leave" />
        <span class="tool-name">{text.room.leave}</span>
      </button>
    </div>
  );
}

function OwnDevices({ session }: { session: RoomSession }) {
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
    <>
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
    </>
  );
}

/** Phones cannot. */
function canShareScreen(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/** P4: what somebody in the audience has in the place of camera and microphone. */
function EnterStage({ session, onAsk }: ToolbarProps) {
  const state = session.state.value;
  const own = ownMember(state);
  if (!own || !state.room || wayOntoStage(own, state.room) !== 'enter') return null;
  return (
    <button class="tool tool-wide" type="button" onClick={() => onAsk('stage')}>
      <Icon name="stage" />
      <span class="tool-name">{text.hand.join}</span>
    </button>
  );
}

/** P4: hosts and moderators have it in their menu. */
function Hand({ session }: { session: RoomSession }) {
  const state = session.state.value;
  const own = ownMember(state);
  if (!own || !state.room || own.role !== 'participant') return null;
  if (!own.onStage && wayOntoStage(own, state.room) === 'wait') return null;
  const raised = own.handRaisedAt !== null;
  return (
    <button class={raised ? 'tool tool-on' : 'tool'} type="button" onClick={() => void session.command({ type: 'raise-hand', raised: !raised })}>
      <Icon name="hand" />
      <span class="tool-name">{raised ? text.hand.lower : text.hand.raise}</span>
    </button>
  );
}

/** Opens a side of the panel; the number says that there is something to see. */
function PanelButton({ session, tab, count, words }: { session: RoomSession; tab: PanelTab; count: number; words: string }) {
  const id = useId();
  const open = session.own.panel.value === tab;
  return (
    <button class={open ? 'tool tool-on' : 'tool'} type="button" aria-label={text[tab].open} aria-expanded={open} aria-describedby={count > 0 ? id : undefined} onClick={() => session.own.toggle(tab)}>
      <Icon name={tab} />
      <span class="tool-name">{text[tab].open}</span>
      {/* Drawn by the style sheet: what is written on a button belongs to its name. */}
      {count > 0 && <span class="tool-count" data-count={count > 99 ? '99+' : count} aria-hidden="true" />}
      {count > 0 && (
        <span id={id} class="hidden-text">
          {words}
        </span>
      )}
    </button>
  );
}

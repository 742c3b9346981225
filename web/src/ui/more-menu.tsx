import { mayControlRecording, ownMember, ownRole, type RoomState } from '../client/index.js';
import { text } from '../messages/index.js';
import { Icon } from './icons.js';
import { Menu, type MenuItem } from './menu.js';
import type { Question } from './room-page.js';
import type { RoomSession } from './room-session.js';
import { filesUrl } from './parse-route.js';
import { navigate } from './route.js';

interface MoreMenuProps {
  session: RoomSession;
  onAsk: (question: Question) => void;
  disabled: boolean;
}

/** The three-dots menu. */
export function MoreMenu({ session, onAsk, disabled }: MoreMenuProps) {
  const state = session.state.value;
  const hint = ownRole(state) === 'participant' ? text.room.hostsHaveMore : ownMember(state)?.mobile ? text.room.mobileRecording : null;
  return (
    <Menu name={text.room.more} items={menuItems(session, state, onAsk)} hint={hint} class="tool" disabled={disabled}>
      <Icon name="more" />
      <span class="tool-name">{text.room.more}</span>
    </Menu>
  );
}

function menuItems(session: RoomSession, state: RoomState, onAsk: (question: Question) => void): MenuItem[] {
  const items: MenuItem[] = [];
  if (mayControlRecording(state)) {
    switch (state.recording?.state) {
      case 'starting':
        items.push({ name: text.menu.stop, icon: 'stop', act: () => onAsk('stop') });
        break;
      case 'recording':
        items.push(
          { name: text.menu.pause, icon: 'pause', act: () => void session.command({ type: 'recording-pause' }) },
          { name: text.menu.stop, icon: 'stop', act: () => onAsk('stop') },
        );
        break;
      case 'paused':
        items.push(
          { name: text.menu.resume, icon: 'play', act: () => void session.command({ type: 'recording-resume' }) },
          { name: text.menu.stop, icon: 'stop', act: () => onAsk('stop') },
        );
        break;
      default:
        items.push({ name: text.menu.record, icon: 'record', act: () => onAsk('start') });
    }
  }
  if (state.recording?.state === 'recording' && ownRole(state) !== 'participant') {
    items.push({ name: text.menu.recorder, icon: 'camera', act: () => onAsk('recorder') });
    items.push({ name: text.menu.mark, icon: 'mark', act: () => void session.mark() });
  }
  const roomId = state.room?.roomId;
  const settings: MenuItem = { name: text.settings.heading, icon: 'settings', act: () => onAsk('settings') };
  if (ownRole(state) === 'participant') return [...items, ...stageItems(session, state, onAsk), settings];
  if (roomId) items.push({ name: text.menu.files, icon: 'folder', act: () => navigate(filesUrl(roomId)) });
  items.push({ name: text.menu.layout, icon: 'layout', act: () => onAsk('layout') });
  items.push(...stageItems(session, state, onAsk));
  items.push(settings);
  items.push({ name: text.menu.end, icon: 'end', danger: true, act: () => onAsk('end') });
  return items;
}

/** P4: of one's own place. */
function stageItems(session: RoomSession, { memberId, members }: RoomState, onAsk: (question: Question) => void): MenuItem[] {
  const own = members.find((member) => member.memberId === memberId);
  if (!own) return [];
  const raised = own.handRaisedAt !== null;
  const items: MenuItem[] = [];
  // Others have it in the toolbar.
  if (own.role !== 'participant') items.push({ name: raised ? text.hand.lower : text.hand.raise, icon: 'hand', act: () => void session.command({ type: 'raise-hand', raised: !raised }) });
  if (own.onStage) items.push({ name: text.menu.present, icon: 'film', act: () => onAsk('present') });
  if (own.onStage && session.media.presentation.value?.kind !== 'board') items.push({ name: text.menu.board, icon: 'pen', act: () => session.media.presentBoard() });
  if (own.onStage) items.push({ name: text.hand.leaveStage, icon: 'audience', act: () => void session.command({ type: 'stage-leave' }) });
  return items;
}

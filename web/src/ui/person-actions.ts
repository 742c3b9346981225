import { ownMember } from '../client/index.js';
import type { MemberMessage } from '../../../src/signaling/protocol.js';
import { text } from '../messages/index.js';
import type { MenuItem } from './menu.js';
import { actionsOn, type PersonAction } from './people.js';
import type { RoomSession } from './room-session.js';

/** The items of a menu about somebody: what this person may do about them. */
export function personItems(session: RoomSession, person: MemberMessage): MenuItem[] {
  const state = session.state.value;
  const viewer = ownMember(state);
  if (!viewer) return [];
  const pinned = session.own.pinned.value;
  return actionsOn(person, { viewer, highlighted: state.highlighted, pinned }).map((action) => itemOf(session, person, action));
}

function itemOf(session: RoomSession, { memberId }: MemberMessage, action: PersonAction): MenuItem {
  const command = (request: Parameters<RoomSession['command']>[0]) => () => void session.command(request);
  switch (action.kind) {
    case 'mute':
      return { name: text.people.mute[action.source], icon: action.source, act: command({ type: 'mute-member', memberId, source: action.source }) };
    case 'highlight':
      return { name: action.on ? text.room.highlight : text.room.removeHighlight, icon: 'highlight', act: command({ type: 'highlight', memberId: action.on ? memberId : null }) };
    case 'pin':
      return { name: action.on ? text.people.pin : text.people.unpin, icon: 'pin', act: () => (session.own.pinned.value = action.on ? memberId : null) };
    case 'invite':
      return { name: action.asks ? text.people.invite : text.people.bring, icon: 'stage', act: command({ type: 'stage-invite', memberId }) };
    case 'lower-hand':
      return { name: text.people.lowerHand, icon: 'hand', act: command({ type: 'lower-hand', memberId }) };
    case 'to-audience':
      return { name: text.people.toAudience, icon: 'audience', act: command({ type: 'stage-leave', memberId }) };
    case 'role':
      return { name: text.people.make[action.role], icon: 'person', act: command({ type: 'set-role', memberId, role: action.role }) };
    case 'remove':
      return { name: text.people.remove, icon: 'leave', danger: true, act: () => (session.own.removing.value = memberId) };
  }
}

import { text } from '../messages/index.js';
import { Modal } from './modal.js';
import type { RoomSession } from './room-session.js';

/** Asks before somebody is removed. */
export function RemoveQuestion({ session }: { session: RoomSession }) {
  const { removing } = session.own;
  const person = session.state.value.members.find(({ memberId }) => memberId === removing.value);
  if (!person) return null;
  return (
    <Modal
      question={text.people.removeQuestion(person.name)}
      hint={text.people.removeHint}
      action={text.people.removeConfirm}
      danger
      onAction={() => void session.command({ type: 'remove-member', memberId: person.memberId })}
      onClose={() => (removing.value = null)}
    />
  );
}

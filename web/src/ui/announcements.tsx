import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { mayModerate } from '../client/index.js';
import { text } from '../messages/index.js';
import { unreadOf } from './chat.js';
import { endings } from './endings.js';
import { byHand } from './people.js';
import type { RoomSession } from './room-session.js';

/** Tells those who listen to the page what others see as a number on a button: what was written, whose hand went up. */
export function Announcements({ session }: { session: RoomSession }) {
  const words = useSignal('');
  const { chat, memberId } = session.state.value;
  const message = session.own.panel.value === 'chat' ? undefined : unreadOf(chat, session.own.read.value, memberId).at(-1);
  const hand = mayModerate(session.state.value) ? byHand(session.state.value.members).at(-1) : undefined;

  const { sessionEnds, recordingEnds } = endings(session.state.value, performance.now());

  useEffect(() => {
    if (sessionEnds) words.value = sessionEnds.spoken;
  }, [session.state.value.sessionEndsAtMs]);
  useEffect(() => {
    if (recordingEnds) words.value = recordingEnds.spoken;
  }, [recordingEnds?.key]);
  useEffect(() => {
    if (message) words.value = text.chat.said(message.name, message.text);
  }, [message?.number]);
  useEffect(() => {
    if (hand && hand.memberId !== memberId) words.value = text.people.raised(hand.name);
  }, [hand?.memberId, hand?.handRaisedAt]);

  return (
    <p class="hidden-text" aria-live="polite">
      {words.value}
    </p>
  );
}

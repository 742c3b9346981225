import { ownMember } from '../client/index.js';
import { text } from '../messages/index.js';
import { wayOntoStage } from './people.js';
import type { RoomSession } from './room-session.js';

/** P4: why there are no controls of camera and microphone, and how to get them. */
export function audienceHint(session: RoomSession): string | null {
  const state = session.state.value;
  const own = ownMember(state);
  if (!own || !state.room || own.onStage) return null;
  const { audience, howToAsk, howToEnter, howToWait, handIsUp } = text.hand;
  if (own.handRaisedAt !== null) return handIsUp;
  const ways = { enter: howToEnter, ask: howToAsk, wait: howToWait };
  return `${audience} ${ways[wayOntoStage(own, state.room)]}`;
}

import { endings } from './endings.js';
import type { RoomSession } from './room-session.js';
import { useNow } from './use-now.js';

/** How long it is until something ends by itself. It runs, and is not read out for that: `Announcements` does so now and then. */
export function Countdowns({ session }: { session: RoomSession }) {
  const state = session.state.value;
  const nowMs = useNow(state.sessionEndsAtMs !== null || state.recordingEnds !== null, 500);
  const { sessionEnds, recordingEnds } = endings(state, nowMs);
  return (
    <>
      {[sessionEnds, recordingEnds].map(
        (ending) =>
          ending && (
            <p key={ending.key.split(' ')[0]} role="timer" aria-live="off">
              {ending.shown}
            </p>
          ),
      )}
    </>
  );
}

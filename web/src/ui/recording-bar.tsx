import { mayControlRecording, ownRole, recordedMsAt } from '../client/index.js';
import { formatDuration, text } from '../messages/index.js';
import { Icon } from './icons.js';
import type { RoomSession } from './room-session.js';
import { useNow } from './use-now.js';

interface RecordingBarProps {
  session: RoomSession;
  onStop: () => void;
  /** A modal question makes the rest of the page inert. */
  questionOpen: boolean;
}

/** R4: the indicator for all, with counter and stop square for hosts and moderators. */
export function RecordingBar({ session, onStop, questionOpen }: RecordingBarProps) {
  const state = session.state.value;
  const recording = state.recording;
  const running = recording?.state === 'recording' || recording?.state === 'paused';
  const nowMs = useNow(running, 250);

  if (!recording || !running) return <div class="recording-bar" />;
  const paused = recording.state === 'paused';
  return (
    <div class={paused ? 'recording-bar recording-paused' : 'recording-bar'}>
      <div class="recording-light" role="status" aria-label={text.recording.indicator}>
        <span class="recording-dot" aria-hidden="true" />
        {paused ? text.recording.paused : text.recording.running}
      </div>
      {ownRole(state) !== 'participant' && (
        <span class="recording-time" role="timer" aria-label={text.recording.time}>
          {formatDuration(recordedMsAt(recording, nowMs))}
        </span>
      )}
      {mayControlRecording(state) && (
        <button
          class="button button-icon recording-stop"
          aria-label={text.recording.stop}
          title={text.recording.stop}
          aria-hidden={questionOpen}
          onClick={onStop}
        >
          <Icon name="stop" />
        </button>
      )}
    </div>
  );
}

import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { recordedMsAt, type RecordingHealth } from '../client/index.js';
import { formatDuration, formatWait, text } from '../messages/index.js';
import { api } from './api.js';
import type { RoomSession } from './room-session.js';
import { Spinner } from './spinner.js';

/** The server makes a still at most every 3 s. */
const LOOK_EVERY_MS = 4_000;
/** A movie that is less behind than this is in time. */
const WORTH_A_WORD_MS = 10_000;

/** A room's recording as the server tells it, again and again while it is looked at; null: not yet, or not reachable. */
function useHealth(roomId: string | undefined): { health: RecordingHealth | null; failed: boolean; moment: number } {
  const found = useSignal<{ health: RecordingHealth | null; failed: boolean; moment: number }>({ health: null, failed: false, moment: 0 });
  useEffect(() => {
    if (roomId === undefined) return;
    let looks = true;
    const look = async (): Promise<void> => {
      const health = await api.recordingHealth(roomId).catch(() => null);
      if (looks) found.value = { health: health ?? found.value.health, failed: health === null, moment: found.value.moment + 1 };
    };
    void look();
    const timer = setInterval(() => void look(), LOOK_EVERY_MS);
    return () => {
      looks = false;
      clearInterval(timer);
    };
  }, [roomId]);
  return found.value;
}

/** How long the disk lasts; nothing until that is known. */
export function DiskLasts({ session }: { session: RoomSession }) {
  const { health } = useHealth(session.state.value.room?.roomId);
  return <p class="muted disk-lasts" aria-live="polite">{health && diskWords(health.disk)}</p>;
}

/** R4, for hosts and moderators: the movie's picture of this moment, and how the recording is. */
export function RecorderView({ session, onClose }: { session: RoomSession; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { room, recording } = session.state.value;
  const { health, failed, moment } = useHealth(room?.roomId);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="modal recorder" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{text.recorder.heading}</h2>
      {room && <Still roomId={room.roomId} moment={moment} />}
      {failed && <p role="status">{text.recorder.unreachable}</p>}
      {health && (
        <dl class="facts">
          <dt>{text.recorder.recorded}</dt>
          <dd>{formatDuration(recording ? recordedMsAt(recording, performance.now()) : health.recordedMs)}</dd>
          <dt>{text.recorder.movie}</dt>
          <dd>{movieWords(health)}</dd>
          <dt>{text.recorder.disk}</dt>
          <dd>{diskWords(health.disk)}</dd>
        </dl>
      )}
      <div class="modal-actions">
        <button class="button" type="button" autofocus onClick={() => dialog.current?.close()}>
          {text.common.close}
        </button>
      </div>
    </dialog>
  );
}

/** The picture before stays until the next one is there. */
function Still({ roomId, moment }: { roomId: string; moment: number }) {
  const shown = useSignal<string | null>(null);
  const missing = useSignal(false);
  useEffect(() => {
    if (moment === 0) return;
    const next = new Image();
    next.onload = () => {
      shown.value = next.src;
      missing.value = false;
    };
    next.onerror = () => (missing.value = shown.value === null);
    next.src = api.stillUrl(roomId, moment);
    return () => {
      next.onload = null;
      next.onerror = null;
    };
  }, [roomId, moment]);
  return (
    <div class="recorder-still">
      {shown.value ? <img src={shown.value} alt={text.recorder.picture} /> : missing.value ? <p>{text.recorder.noPicture}</p> : <Spinner />}
    </div>
  );
}

function movieWords({ progress }: RecordingHealth): string {
  if (!progress) return text.recorder.inTime;
  if (progress.waits) return text.recorder.waits;
  const behindMs = progress.behindMs ?? 0;
  return behindMs < WORTH_A_WORD_MS ? text.recorder.inTime : text.recorder.behind(formatWait(behindMs));
}

function diskWords({ lastsMs, short }: RecordingHealth['disk']): string {
  return short ? text.recording.diskShort(formatWait(lastsMs)) : text.recording.diskLasts(formatWait(lastsMs));
}

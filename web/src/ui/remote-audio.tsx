import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { text } from '../messages/index.js';
import type { RoomSession } from './room-session.js';
import { sendTo, speaker } from './speaker.js';

/** Everybody else's sound. Lives beside the pages, so that it goes on while files are looked at. */
export function RemoteAudio({ session }: { session: RoomSession }) {
  const blocked = useSignal(false);
  const tracks = session.state.value.remoteTracks.filter((remote) => remote.kind === 'audio');
  const container = useRef<HTMLDivElement>(null);

  const playAll = () => {
    blocked.value = false;
    for (const audio of container.current?.querySelectorAll('audio') ?? []) {
      audio.play().catch(() => (blocked.value = true));
    }
  };

  return (
    <>
      <div ref={container} hidden>
        {tracks.map(({ trackId, track }) =>
          track instanceof MediaStreamTrack ? (
            <Audio key={trackId} track={track} onBlocked={() => (blocked.value = true)} />
          ) : null,
        )}
      </div>
      {blocked.value && (
        <div class="sound-blocked card" role="alert">
          {text.room.soundBlocked}
          <button class="button button-primary" onClick={playAll}>
            {text.room.enableSound}
          </button>
        </div>
      )}
    </>
  );
}

function Audio({ track, onBlocked }: { track: MediaStreamTrack; onBlocked: () => void }) {
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    audio.srcObject = new MediaStream([track]);
    audio.play().catch((error: unknown) => {
      // Being replaced by another track also rejects, and that is no matter.
      if (error instanceof DOMException && error.name === 'NotAllowedError') onBlocked();
    });
    return () => {
      audio.srcObject = null;
    };
  }, [track]);
  useEffect(() => {
    if (element.current) void sendTo(element.current, speaker.value);
  }, [speaker.value]);
  return <audio ref={element} autoplay />;
}

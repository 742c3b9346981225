import { useRef } from 'preact/hooks';
import type { Notice } from '../client/index.js';
import { text, wordsOfFailure, wordsOfPrivate } from '../messages/index.js';
import { DoorNotices } from './door.js';
import { Icon } from './icons.js';
import type { RoomSession } from './room-session.js';
import { followLink } from './route.js';

/** What people are told while they are in a room; read out by screen readers when it appears. */
export function NoticeList({ session }: { session: RoomSession }) {
  return (
    <div class="notices" aria-live="polite" aria-relevant="additions">
      {session.notices.value.map((notice) => (
        <NoticeCard key={notice.key} notice={notice} session={session} />
      ))}
      <DoorNotices session={session} />
    </div>
  );
}

function NoticeCard({ notice, session }: { notice: Notice; session: RoomSession }) {
  const card = useRef<HTMLDivElement>(null);
  const answer = (act: () => void) => {
    // Its button goes, and the focus must not go with it.
    const others = [...document.querySelectorAll<HTMLElement>('.notice button')].filter((button) => !card.current?.contains(button));
    act();
    (others.at(-1) ?? document.querySelector<HTMLElement>('h1'))?.focus();
  };
  const trouble = notice.content.kind === 'problem' || notice.content.kind === 'recording-failed';
  return (
    <div ref={card} class={trouble ? 'notice notice-trouble' : 'notice'}>
      <NoticeText notice={notice} session={session} />
      {notice.content.kind === 'recorded' ? (
        <button class="button button-primary" onClick={() => answer(() => void session.confirmRecording(notice))}>
          {text.recording.confirm}
        </button>
      ) : (
        <button class="button button-icon button-plain" aria-label={text.common.dismiss} onClick={() => answer(() => session.dismiss(notice))}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

function NoticeText({ notice: { content }, session }: { notice: Notice; session: RoomSession }) {
  switch (content.kind) {
    case 'recording-starting':
      return <p>{text.recording.starting}</p>;
    case 'recorded':
      return <p>{text.recording.recorded}</p>;
    case 'upload-started':
      return <p>{text.recording.uploadStarted}</p>;
    case 'recording-completed':
      return <p>{text.recording.completed}</p>;
    case 'recording-available':
      return (
        <p>
          {content.url === null ? (
            text.recording.available
          ) : (
            <a href={content.url} onClick={followLink}>
              {text.recording.available}
            </a>
          )}
          {content.privateTo && <span class="notice-more muted">{wordsOfPrivate(content.privateTo)}</span>}
        </p>
      );
    case 'recording-failed':
      return <p>{text.recording.failed(content.failure ? wordsOfFailure(content.failure) : '')}</p>;
    case 'recording-goes-on':
      return <p>{text.recording.goesOn}</p>;
    case 'moment-marked':
      return <p>{text.recording.marked}</p>;
    case 'muted-by':
      return <p>{text.people.mutedBy[content.source](content.byName)}</p>;
    case 'hand-lowered':
      return <p>{text.people.loweredBy(content.byName)}</p>;
    case 'stage':
      return <p>{content.onStage ? text.hand.nowOnStage : text.hand.nowInAudience}</p>;
    case 'weak-connection':
      return <p>{session.media.camera.value.on || session.media.screen.value !== null ? text.connection.weak : text.connection.weakWithoutPicture}</p>;
    case 'problem':
      return (
        <p>
          <bdi>{content.message}</bdi>
        </p>
      );
  }
}

import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { WaitingPerson } from '../../../src/signaling/protocol.js';
import { mayModerate } from '../client/index.js';
import { text } from '../messages/index.js';
import { Icon } from './icons.js';
import { Brand } from './message.js';
import type { RoomSession } from './room-session.js';
import { Toggle } from './toggle.js';
import { Video } from './video.js';

/** Of those who wait, so many are announced by name. */
const ANNOUNCED = 2;

/** P5: the lock and those who wait, for hosts and moderators. */
export function Door({ session }: { session: RoomSession }) {
  const id = useId();
  const { locked, waiting } = session.state.value;
  const setLock = async (input: HTMLInputElement) => {
    await session.command({ type: 'lock', locked: input.checked });
    // A refusal leaves it as it was.
    input.checked = session.state.value.locked;
  };
  const admitAll = async () => {
    for (const { memberId } of waiting) {
      // The first refusal says it all: the room is full, or the connection is lost.
      const refusal = await session.attempt({ type: 'admit', memberId });
      if (refusal === null) continue;
      session.report(new Error(refusal));
      return;
    }
  };
  return (
    <section class="door">
      <label class="switch door-lock">
        <input type="checkbox" checked={locked} aria-describedby={`${id}-hint`} onChange={(event) => void setLock(event.currentTarget)} />
        <span>{text.door.lock}</span>
      </label>
      <p id={`${id}-hint`} class="muted door-hint">
        {text.door.lockHint}
      </p>
      {waiting.length > 0 && (
        <section aria-labelledby={`${id}-waiting`}>
          <div class="door-head">
            <h2 id={`${id}-waiting`} class="people-heading">
              {text.door.waiting(waiting.length)}
            </h2>
            {waiting.length > 1 && (
              <button class="button button-small" type="button" onClick={() => void admitAll()}>
                {text.door.admitAll}
              </button>
            )}
          </div>
          <ul class="people-list">
            {waiting.map((person) => (
              <li key={person.memberId} class="person person-waiting" aria-label={person.name}>
                <bdi class="person-name">{person.name}</bdi>
                <Decision session={session} person={person} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </section>
  );
}

function Decision({ session, person: { memberId } }: { session: RoomSession; person: WaitingPerson }) {
  return (
    <span class="decision">
      <button class="button button-small" type="button" onClick={() => void session.command({ type: 'decline', memberId })}>
        {text.door.decline}
      </button>
      <button class="button button-small button-primary" type="button" onClick={() => void session.command({ type: 'admit', memberId })}>
        {text.door.admit}
      </button>
    </span>
  );
}

/** P5: says who came to the door, where the list of people does not show it. */
export function DoorNotices({ session }: { session: RoomSession }) {
  const dismissed = useSignal<ReadonlySet<string>>(new Set());
  const state = session.state.value;
  if (!mayModerate(state) || state.connection.name !== 'joined' || session.own.panel.value === 'people') return null;
  const waiting = state.waiting.filter(({ memberId }) => !dismissed.value.has(memberId));
  const announced = waiting.slice(0, ANNOUNCED);
  const dismiss = (people: WaitingPerson[]) => (dismissed.value = new Set([...dismissed.value, ...people.map(({ memberId }) => memberId)]));
  return (
    <>
      {announced.map((person) => (
        <div key={person.memberId} class="notice notice-door" role="group" aria-label={text.door.wants(person.name)}>
          <p dir="auto">{text.door.wants(person.name)}</p>
          <Decision session={session} person={person} />
          <Dismiss onClick={() => dismiss([person])} />
        </div>
      ))}
      {waiting.length > announced.length && (
        <div class="notice">
          <p>{text.door.more(waiting.length - announced.length)}</p>
          <button class="button button-small" type="button" onClick={() => (session.own.panel.value = 'people')}>
            {text.door.showAll}
          </button>
          <Dismiss onClick={() => dismiss(waiting)} />
        </div>
      )}
    </>
  );
}

function Dismiss({ onClick }: { onClick: () => void }) {
  return (
    <button class="button button-icon button-plain" type="button" aria-label={text.common.dismiss} onClick={onClick}>
      <Icon name="close" />
    </button>
  );
}

/** P5: the one who waits, with their own picture and no one else's. */
export function WaitingPage({ session, title }: { session: RoomSession; title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const { media } = session;
  const camera = media.camera.value;
  const microphone = media.microphone.value;
  return (
    <main class="waiting">
      <Brand />
      <div class="waiting-body">
        <p class="muted" dir="auto">
          {title}
        </p>
        <h1 ref={heading} tabIndex={-1}>
          {text.door.soon}
        </h1>
        <p class="muted">{text.door.soonHint}</p>
        <div class="preview waiting-preview">
          {camera.track ? (
            <Video track={camera.track} label={text.join.preview} mirrored />
          ) : (
            <p class="preview-off">
              <Icon name="camera" struck />
              {text.join.cameraOff}
            </p>
          )}
        </div>
        <div class="waiting-controls">
          <Toggle name={text.room.mute} icon="microphone" struck={!microphone.on} pressed={!microphone.on} alert={!microphone.on} onClick={() => void media.setMuted(microphone.on)} />
          <Toggle name={text.room.stopCamera} icon="camera" struck={!camera.on} pressed={!camera.on} alert={!camera.on} busy={camera.opening} onClick={() => void media.setCamera(!camera.on)} />
          <button class="tool tool-leave" type="button" onClick={() => session.leave()}>
            <Icon name="leave" />
            <span class="tool-name">{text.door.leave}</span>
          </button>
        </div>
      </div>
    </main>
  );
}
